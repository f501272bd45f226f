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

// selfEvident matches IDs, and the qualified names of custom objects.
var selfEvident = regexp.MustCompile(`^([0-9]+-[0-9]+|p[0-9]*_[a-z0-9_-]+)$`)

// resolve returns the one form that all names of t share, or false for a name
// that HubSpot can't infer an object type from.
func resolve(t client.ObjectType) (client.ObjectType, bool) {
	name := strings.ToLower(string(t))
	singular := strings.TrimSuffix(name, "s")
	if name == "companies" {
		singular = "company"
	}
	if id, ok := standard[singular]; ok {
		return id, true
	}
	return client.ObjectType(name), selfEvident.MatchString(name)
}

// key makes limits comparable: names and IDs mean the same.
func key(l client.Limit) client.Limit {
	l.From, _ = resolve(l.From)
	l.To, _ = resolve(l.To)
	return l
}
