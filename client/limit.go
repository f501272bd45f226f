package client

import "fmt"

// A Limit is identified by the pair of object types, in this direction, and the
// association type: HubSpot allows one limit for each.
type Limit struct {
	From, To ObjectType
	Type     AssociationType
}

// check refuses what Purge would refuse.
func (l Limit) check() error {
	if err := checkPair(l.From, l.To); err != nil {
		return err
	}
	return l.Type.check()
}

// String returns a form for people, such as "0-1 to 0-2 USER_DEFINED:35".
func (l Limit) String() string {
	return fmt.Sprintf("%s to %s %s", l.From, l.To, l.Type)
}
