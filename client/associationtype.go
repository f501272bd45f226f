package client

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Category says who defined an association type. HubSpot documents the three
// constants for this operation, and others elsewhere: any value may be sent.
type Category string

// The categories that HubSpot documents for this operation.
const (
	CategoryHubSpotDefined    Category = "HUBSPOT_DEFINED"
	CategoryIntegratorDefined Category = "INTEGRATOR_DEFINED"
	CategoryUserDefined       Category = "USER_DEFINED"
)

// An AssociationType is one way in which records of two object types are
// associated. Its ID is unique only within its category, and counts for one
// direction: HUBSPOT_DEFINED 279 leads from contacts to companies, 280 back.
//
// Its text form, in JSON as well, is "USER_DEFINED:35".
type AssociationType struct {
	Category Category
	TypeID   int32
}

// HubSpotDefined is a type that every account has.
func HubSpotDefined(typeID int32) AssociationType {
	return AssociationType{CategoryHubSpotDefined, typeID}
}

// IntegratorDefined is a type that an app brought into the account.
func IntegratorDefined(typeID int32) AssociationType {
	return AssociationType{CategoryIntegratorDefined, typeID}
}

// UserDefined is a type, a custom label, that the account itself made.
func UserDefined(typeID int32) AssociationType {
	return AssociationType{CategoryUserDefined, typeID}
}

// String returns the text form.
func (t AssociationType) String() string {
	return string(t.Category) + ":" + strconv.Itoa(int(t.TypeID))
}

// MarshalText returns the text form, of a value that Purge would refuse too.
func (t AssociationType) MarshalText() ([]byte, error) {
	return []byte(t.String()), nil
}

// UnmarshalText reads the text form. It refuses, as ErrInvalidInput, what Purge
// would refuse, and leaves t as it was then.
func (t *AssociationType) UnmarshalText(text []byte) error {
	s := string(text)
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return fmt.Errorf("%w: association type %q is not of the form CATEGORY:ID", ErrInvalidInput, s)
	}
	id, err := strconv.ParseInt(s[i+1:], 10, 32)
	read := AssociationType{Category(s[:i]), int32(id)}
	if err != nil || read.check() != nil || s[i+1] == '+' {
		return fmt.Errorf("%w: association type %q", ErrInvalidInput, s)
	}
	*t = read
	return nil
}

func (t AssociationType) check() error {
	switch {
	case t.Category == "":
		return fmt.Errorf("%w: association type %q has no category", ErrInvalidInput, t)
	case !utf8.ValidString(string(t.Category)): // JSON would replace the odd bytes
		return fmt.Errorf("%w: association type %q is not UTF-8", ErrInvalidInput, t)
	case t.TypeID < 1:
		return fmt.Errorf("%w: association type %q has a typeId below 1", ErrInvalidInput, t)
	}
	return nil
}
