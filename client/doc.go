// Package client lifts association limits in HubSpot, by API version 2026-03.
//
// A limit says how many records of one object type may be associated with one record
// of another, by one association type and in one direction. An admin sets it.
// HubSpot's operation is called "Batch delete limits", and also "Remove association
// limits". It lifts limits and removes nothing else: records, associations, labels
// and association types stay. Afterwards only HubSpot's own maximum holds, the
// technical one or that of the subscription.
//
//	c, err := client.New(client.StaticToken(os.Getenv("HUBSPOT_ACCESS_TOKEN")))
//	if err != nil {
//		return err
//	}
//	_, err = c.Purge(ctx, client.Contacts, client.Companies, client.UserDefined(35))
//
// Where to look:
//
//   - New and the options make a Client. StaticToken and OAuthApp make its tokens.
//   - ReadLimits returns what is set. Keep each Max: a purge does not return it.
//   - Purge lifts the limits of one pair of object types, by one request.
//   - PurgeLimits lifts any number of limits. Its Report says what became of each.
//   - Verify reads again what has an unknown outcome.
//   - RetryAfter and Report.Retryable tell a queue when to go on, and with what.
//   - Package purgetest is a stand-in for HubSpot, for your own tests.
//
// # What an answer means
//
// A purge is done if HubSpot answers 204, or 200 without a body, or any 2xx whose
// body says COMPLETE and has no errors. HubSpot documents 200 on one page and 204 on
// another. Any other 2xx is an *IncompleteError, if it can be read. Any other status
// is an *Error.
//
// Sometimes no answer tells whether the limits were lifted. The connection broke
// after the request was sent, or a 2xx can't be read, or the status is none of 2xx,
// 3xx and 4xx. Then the error matches ErrOutcomeUnknown. It may match another error
// too, so ask for ErrOutcomeUnknown first. Verify, or ReadLimits, shows what is set.
//
// A field that can't be read does not hide the rest of an answer: the field is zero.
// At most 1 MiB of a 2xx body and 64 KiB of another are read.
//
// # Retries
//
// A purge, a read, and each batch of a run make up to 4 attempts, with waits of at
// most 30 s. WithRetry changes both. Each attempt asks for a token, sends one request,
// and takes at most 120 s.
//
//   - No answer (dial, DNS, reset, timeout) and 5xx: after 2 s, 4 s, 8 s …, each
//     shortened at random by up to half. 522, 525, 526 and a certificate that is not
//     trusted end the call.
//   - 423, locked during a bulk change: after 2 s, or a longer Retry-After.
//   - 429, too many requests: after 10 s, or 1 s if the policy is SECONDLY. A daily
//     limit ends the call.
//   - 477, the account is being migrated: after the answer's Retry-After. Without one
//     the call ends.
//   - 401: once more with a new token, if the token source can get one. This attempt
//     does not count.
//
// Anything else ends the call, also a 2xx that can't be read. Retry-After, in whole
// seconds or as a date, takes precedence. If a wait is longer than 30 s or than the
// deadline allows, the call returns at once, and RetryAfter has the wait.
//
// These rules follow HubSpot's documentation and, where that is silent, what was
// observed. They may change in any release and are no part of the API.
//
// # HubSpot's window of requests
//
// A Client keeps within HubSpot's window by itself. It reads the window from the
// headers of the answers: X-HubSpot-RateLimit-Max, -Interval-Milliseconds and
// -Remaining. HubSpot does not document them for this operation. Without them a
// Client learns the window from a 429. Calls wait for a free place in the order in
// which they came. After a 429 all calls of the Client wait for the window that the
// 429 names, 10 s or 1 s, and at most for WithRetry's maxWait. A call returns at
// once if it is known that its deadline comes before the next free place. Its error
// matches ErrRateLimited. One that waits for other calls, or for an answer to them, may
// return at its deadline.
//
// Other programs use the same window. A Client sees in the headers what they use, and
// leaves it to them. If the headers show the window, it keeps one more place free for
// each request under way: other programs may have as many, which no header shows.
// Several processes share the window without an order.
//
// # Many accounts, and queues
//
// Use a Client for each account, with a token source of its own, and one http.Client
// for all. Connections are shared then. Windows are not: HubSpot counts each account
// by itself.
//
// A job of a queue calls PurgeLimits. If the error is not nil and Retryable returns
// limits, run it again with them, after RetryAfter. If RetryAfter does not know, as
// for an ended context, wait as your queue does. If Retryable returns none, the job
// has ended.
//
// # Credentials
//
// No credential appears in an error, a log, in JSON or in what package fmt prints of
// any value of this package, even if an answer repeats it. One shorter than 8
// characters can't be found among other words, and is not replaced. Redirects are
// not followed: a redirect is an answer.
//
// # Concurrency
//
// A Client may be used by any number of goroutines. The context bounds the whole
// call, its waits too. When it ends, the call returns at once. No goroutine outlives
// the call that started it, with one exception: a token request goes on when its
// callers have left, until it is answered or its timeout ends it.
package client
