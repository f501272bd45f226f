package client

import (
	"encoding/json"
	"time"
)

// A Status is how far HubSpot has come with a batch. HubSpot may add values;
// any but StatusComplete makes an IncompleteError.
type Status string

// The statuses that HubSpot documents.
const (
	StatusCanceled   Status = "CANCELED"
	StatusComplete   Status = "COMPLETE"
	StatusPending    Status = "PENDING"
	StatusProcessing Status = "PROCESSING"
)

// A Result is a 2xx answer. HubSpot documents 200 with a body and, elsewhere,
// 204 without one: every field but StatusCode, CorrelationID and Attempts comes from
// the body, and is zero where there is none or where the body does not give it in
// a form that can be read.
type Result struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Status is the batch's, "" when the answer had no body.
	Status                              Status
	RequestedAt, StartedAt, CompletedAt time.Time
	// Results is as received: HubSpot does not say what an item holds.
	Results []json.RawMessage
	// NumErrors is the number of errors that HubSpot counted.
	NumErrors int32
	// Failures are the errors that it told.
	Failures []Failure
	Links    map[string]string
	// CorrelationID is what HubSpot's support asks for, from the header.
	CorrelationID string
	// Attempts is the number of requests that were sent for it.
	Attempts int
}

// A Failure is one error within a 2xx answer, HubSpot's StandardError. Its
// Context may say which input is meant.
type Failure struct {
	ID          string
	Status      string
	Category    string
	SubCategory string // a name, or an object as JSON
	Message     string // for people; HubSpot may change it at any time
	Context     map[string][]string
	Links       map[string]string
	Details     []ErrorDetail
}
