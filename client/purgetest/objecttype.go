package purgetest

import (
	"regexp"
	"strings"

	"github.com/deea8dec/hubspot-limits/client"
)

// standard has the names of the standard object types, in the singular.
var standard = map[string]client.ObjectType{
	"contact":      client.Contacts,
	"company":      client.Companies,
	"deal":         client.Deals,
	"ticket":       client.Tickets,
	"product":      client.Products,
	"line_item":    client.LineItems,
	"quote":        client.Quotes,
	"task":         client.Tasks,
	"note":         client.Notes,
	"meeting":      client.Meetings,
	"call":         client.Calls,
	"email":        client.Emails,
	"invoice":      client.Invoices,
	"subscription": client.Subscriptions,
	"goal":         client.Goals,
	"payment":      client.Payments,
	"user":         client.Users,
	"order":        client.Orders,
	"lead":         client.Leads,
	"cart":         client.Carts,
	"service":      client.Services,
	"course":       client.Courses,
	"listing":      client.Listings,
	"appointment":  client.Appointments,
	"project":      client.Projects,
}

// qualified matches IDs and the full names of custom objects.
var qualified = regexp.MustCompile(`^([0-9]+-[0-9]+|p[0-9]*_[a-z0-9_-]+)$`)

// resolve returns the ID of a standard object type, and any other name in lower
// case. It is false for a name that HubSpot can't infer an object type from.
func resolve(t client.ObjectType) (client.ObjectType, bool) {
	name := strings.ToLower(string(t))
	singular := strings.TrimSuffix(name, "s")
	if name == "companies" {
		singular = "company"
	}
	if id, ok := standard[singular]; ok {
		return id, true
	}
	return client.ObjectType(name), qualified.MatchString(name)
}

// A pair is two object types in the form that resolve returns.
type pair struct{ from, to client.ObjectType }

// newPair also returns the first of the two that resolve does not know, or "".
func newPair(from, to client.ObjectType) (p pair, unknown client.ObjectType) {
	var ok bool
	if p.to, ok = resolve(to); !ok {
		unknown = to
	}
	if p.from, ok = resolve(from); !ok {
		unknown = from
	}
	return p, unknown
}

// limit is the form in which limits can be compared.
func (p pair) limit(t client.AssociationType) client.Limit {
	return client.Limit{From: p.from, To: p.to, Type: t}
}
