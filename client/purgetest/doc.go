// Package purgetest is a stand-in for HubSpot, for tests of programs that use
// package client: what httptest is for any API, for this one.
//
// A Server holds accounts, each a token and the limits set in it. It answers the
// way HubSpot was seen to, and keeps the requests it received. Tests add what
// HubSpot can't be asked for: Queue makes it slow, rate limited or broken.
//
// It also plays the token endpoint for the OAuth apps that Install puts into an
// account.
//
// Requests are checked against the OpenAPI document of the operation, and so are
// answers, unless a fault or OffDocument was asked for. Violations lists what
// broke the document; a test that minds should find it empty.
//
// One handler stands behind two doors. Server.URL is a loopback address, for
// client.WithBaseURL. Server.Transport stays in memory, and is the only door
// inside a bubble of testing/synctest: there a goroutine that waits on a network
// keeps the clock from moving, so a Server made in a bubble does not listen.
package purgetest
