package client

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An ObjectType names a CRM object type in a path: an objectTypeId ("0-1",
// "2-1234567"), a standard type's name in singular or plural and any case
// ("contact", "Line_items"), or a custom object's qualified name ("p345_vendor",
// "p_vendor"). HubSpot has refused a custom object's bare name since June 2025.
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

// validate refuses what would reach another path. No valid object type has a slash
// or a dot, or needs escaping.
func (t ObjectType) validate() error {
	if t == "" || strings.Trim(string(t), pathCharacters) != "" {
		return fmt.Errorf("%w: object type %q is not made of letters, digits, _ and -", ErrInvalidInput, string(t))
	}
	return nil
}

const pathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func validatePair(from, to ObjectType) error { return cmp.Or(from.validate(), to.validate()) }

// A Category says who defined an association type. HubSpot documents the three
// constants for this operation and others elsewhere. Any value may be sent.
type Category string

// The categories that HubSpot documents for this operation.
const (
	CategoryHubSpotDefined    Category = "HUBSPOT_DEFINED"
	CategoryIntegratorDefined Category = "INTEGRATOR_DEFINED"
	CategoryUserDefined       Category = "USER_DEFINED"
)

// An AssociationType is one way to associate records of two object types. Its ID
// is unique only within its category, and has one direction: HUBSPOT_DEFINED 279
// leads from contacts to companies, 280 leads back.
//
// Its text form, in JSON too, is "USER_DEFINED:35".
type AssociationType struct {
	Category Category
	TypeID   int32
}

// HubSpotDefined returns a type that every account has.
func HubSpotDefined(typeID int32) AssociationType {
	return AssociationType{CategoryHubSpotDefined, typeID}
}

// IntegratorDefined returns a type that an app brought into the account.
func IntegratorDefined(typeID int32) AssociationType {
	return AssociationType{CategoryIntegratorDefined, typeID}
}

// UserDefined returns a type that the account itself made, such as a custom label.
func UserDefined(typeID int32) AssociationType {
	return AssociationType{CategoryUserDefined, typeID}
}

// String returns the text form.
func (t AssociationType) String() string {
	return string(t.Category) + ":" + strconv.Itoa(int(t.TypeID))
}

// MarshalText returns the text form, even of a type that Purge would refuse.
func (t AssociationType) MarshalText() ([]byte, error) {
	return []byte(t.String()), nil
}

// UnmarshalText reads the text form. If Purge would refuse the type, the error
// matches ErrInvalidInput and t is not changed.
func (t *AssociationType) UnmarshalText(text []byte) error {
	s := string(text)
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return fmt.Errorf("%w: association type %q is not of the form CATEGORY:ID", ErrInvalidInput, s)
	}
	id, err := strconv.ParseInt(s[i+1:], 10, 32)
	if err != nil || s[i+1] == '+' {
		return fmt.Errorf("%w: association type %q has no ID that is a whole number up to 2147483647", ErrInvalidInput, s)
	}
	read := AssociationType{Category(s[:i]), int32(id)}
	if err := read.validate(); err != nil {
		return err
	}
	*t = read
	return nil
}

func (t AssociationType) validate() error {
	switch {
	case t.Category == "":
		return fmt.Errorf("%w: association type %q has no category", ErrInvalidInput, t)
	case !utf8.ValidString(string(t.Category)): // JSON would replace the invalid bytes
		return fmt.Errorf("%w: association type %q is not UTF-8", ErrInvalidInput, t)
	case t.TypeID < 1:
		return fmt.Errorf("%w: association type %q has a typeId below 1", ErrInvalidInput, t)
	}
	return nil
}

// A Limit is identified by the two object types, in this direction, and the
// association type. HubSpot allows one limit for each.
type Limit struct {
	From ObjectType      `json:"from"`
	To   ObjectType      `json:"to"`
	Type AssociationType `json:"type"`
}

// Validate returns an error that matches ErrInvalidInput if Purge would refuse l:
// an object type that is empty or has anything but ASCII letters, digits, "_" and
// "-", an empty category, or a typeId below 1.
func (l Limit) Validate() error {
	return cmp.Or(validatePair(l.From, l.To), l.Type.validate())
}

// String returns a form for people, such as "0-1 to 0-2 USER_DEFINED:35".
func (l Limit) String() string {
	return fmt.Sprintf("%s to %s %s", l.From, l.To, l.Type)
}
