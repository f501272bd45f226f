// Package purgetest is a stand-in for HubSpot, for tests of programs that use
// package client.
//
// A Server holds accounts. Each has a token and the limits that are set in it. The
// Server answers a purge and a read of these limits as HubSpot does, and keeps the
// requests it received. Queue and QueueFor give it other answers: slow, rate
// limited, refused or broken ones. SetWindow limits the rate of requests. Install
// adds an account with an OAuth app, whose tokens the Server refreshes.
//
// The Server checks each request and each answer against the OpenAPI document of
// the operations. Violations returns what does not match the document. A test
// should find it empty.
//
// NewServer listens on a loopback address, for programs that take a base URL.
// InMemory makes a Server that does not listen: a test reaches it by Transport. Use
// it in a bubble of testing/synctest, where waiting for a network stops the clock.
package purgetest
