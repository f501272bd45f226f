package client

import "fmt"

// An ObjectType names a CRM object type in a path: an objectTypeId ("0-1",
// "2-1234567"), a standard type's name in singular or plural and any case
// ("contact", "Line_items"), or a custom object's qualified name ("p345_vendor",
// "p_vendor"). HubSpot refuses a custom object's bare name since June 2025.
type ObjectType string

// The standard object types, by the objectTypeIds that HubSpot documents.
const (
	Contacts      ObjectType = "0-1"
	Companies     ObjectType = "0-2"
	Deals         ObjectType = "0-3"
	Tickets       ObjectType = "0-5"
	Products      ObjectType = "0-7"
	LineItems     ObjectType = "0-8"
	Quotes        ObjectType = "0-14"
	Tasks         ObjectType = "0-27"
	Notes         ObjectType = "0-46"
	Meetings      ObjectType = "0-47"
	Calls         ObjectType = "0-48"
	Emails        ObjectType = "0-49"
	Invoices      ObjectType = "0-53"
	Subscriptions ObjectType = "0-69"
	Goals         ObjectType = "0-74"
	Payments      ObjectType = "0-101"
	Users         ObjectType = "0-115"
	Orders        ObjectType = "0-123"
	Leads         ObjectType = "0-136"
	Carts         ObjectType = "0-142"
	Services      ObjectType = "0-162"
	Courses       ObjectType = "0-410"
	Listings      ObjectType = "0-420"
	Appointments  ObjectType = "0-421"
	Projects      ObjectType = "0-970"
)

// check refuses what would reach another path: no valid object type has a slash
// or a dot, or needs escaping.
func (t ObjectType) check() error {
	if t == "" {
		return fmt.Errorf("%w: empty object type", ErrInvalidInput)
	}
	for _, r := range t {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
		default:
			return fmt.Errorf("%w: object type %q", ErrInvalidInput, string(t))
		}
	}
	return nil
}

func checkPair(from, to ObjectType) error {
	if err := from.check(); err != nil {
		return err
	}
	return to.check()
}
