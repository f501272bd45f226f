// Package client lifts association limits in HubSpot: it calls "Batch delete
// limits", the operation that HubSpot's own specification names "Remove
// association limits", of API version 2026-03.
//
// A limit is the largest number of records of one object type that an admin
// allows to be associated with a record of another, by one association type and
// in one direction. Purge lifts such limits. It removes no record, no
// association, no label and no association type, although HubSpot's word for it,
// purge, suggests otherwise.
//
//	c, err := client.New(client.StaticToken(os.Getenv("HUBSPOT_ACCESS_TOKEN")))
//	if err != nil {
//		return err
//	}
//	_, err = c.Purge(ctx, client.Contacts, client.Companies, client.UserDefined(35))
//
// # What an answer means
//
// HubSpot documents a 200 with a body on one page and a 204 without one on
// another; any 2xx is taken. One with errors, with a number of errors, or with a
// status other than COMPLETE is an *IncompleteError. Any other answer is an
// *Error. Where it can't be known whether the limits were lifted, because the
// connection broke, an answer couldn't be read, or HubSpot had trouble of its own
// (5xx), the error matches ErrOutcomeUnknown.
//
// An answer is never refused for a field: what can't be read in it is zero, and
// the rest holds. At most 8 MiB of a 2xx body and 64 KiB of another are read.
//
// # Credentials
//
// No access token appears in an error, in JSON or in what package fmt prints of
// any value of this package. Redirects are not followed.
//
// # Concurrency
//
// A Client may be used by any number of goroutines. The context bounds the whole
// call; it may end at any time.
package client
