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
// PurgeLimits takes any number of limits, of many pairs of object types, and says
// of each what became of it.
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
// # Retries
//
// A call makes up to 4 attempts, each with a request and a token of its own, and
// waits at most 30 s between two of them; WithRetry changes both. What is followed
// by another attempt, and when:
//
//   - no answer (dial, DNS, a reset, the http.Client's timeout), and 5xx: after a
//     backoff of 2 s, doubled each time, of which between half and all is drawn. A
//     certificate that isn't trusted, and 522, 525 and 526, end the call.
//   - 423 (locked during a bulk change): after 2 s, or what Retry-After says if
//     that is longer.
//   - 429: after 10 s, or 1 s if the policy is SECONDLY. A daily limit ends the
//     call: a retry could not succeed, and would count.
//   - 477 (the account is being migrated): after what Retry-After says; without it
//     the call ends.
//
// Everything else ends the call, a 2xx that can't be read included. Retry-After
// takes precedence on any answer that is retried. It is read as seconds or as a
// date, against the answer's own Date. A wait longer than 30 s, or than the time
// left to the context's deadline, ends the call at once, with the wait in the
// error's RetryAfter. With the default timeout of 120 s for an attempt, a call
// takes at most 4 × 120 s + 3 × 30 s = 570 s, and longer where a cool-down or a
// rate limiter holds it.
//
// A 429 makes a cool-down: until its window has passed, 30 s at most, the Client's
// other calls are held. One whose deadline comes sooner returns at once with an
// error that matches ErrRateLimited.
//
// These rules follow what HubSpot documents, and what was seen live where it says
// nothing. They may change in any release and are no part of the API.
//
// # Many accounts
//
// A vendor whose app is installed in many accounts makes one Client for each, with
// a token source of its own, and gives all of them one http.Client: connections
// are shared, rate limits and cool-downs are not, as HubSpot counts each account by
// itself. Under a job queue, a job that ends with ErrRateLimited or any other
// Retryable error snoozes for its RetryAfter, and the next run of it is given what
// Remaining returned.
//
// # Credentials
//
// No credential appears in an error, a log, in JSON or in what package fmt prints
// of any value of this package. Redirects are not followed.
//
// # Concurrency
//
// A Client may be used by any number of goroutines. The context bounds the whole
// call, its waits included; when it ends, the call returns at once. No goroutine
// outlives the call that started it, but one: a token request that its callers have
// left, which ends by its http.Client's timeout.
package client
