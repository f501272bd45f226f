package client

import (
	"encoding/json"
	"time"
)

// A Status is how far HubSpot has come with a batch. HubSpot may add values.
type Status string

// The statuses that HubSpot documents.
const (
	StatusCanceled   Status = "CANCELED"
	StatusComplete   Status = "COMPLETE"
	StatusPending    Status = "PENDING"
	StatusProcessing Status = "PROCESSING"
)

// A Result is a 2xx answer to a purge. HubSpot documents 200 with a body and, on
// another page, 204 without one. All fields but StatusCode, CorrelationID and
// Attempts come from the body. A field that is absent or can't be read is zero.
type Result struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Status is the batch's status, "" without a body.
	Status                              Status
	RequestedAt, StartedAt, CompletedAt time.Time
	// Results is as received: HubSpot does not say what an item holds.
	Results []json.RawMessage
	// NumErrors is HubSpot's count of the errors.
	NumErrors int32
	// Failures are the errors.
	Failures []Failure
	Links    map[string]string
	// CorrelationID is the ID that HubSpot's support asks for, from the header.
	CorrelationID string
	// Attempts is the number of requests that the call sent.
	Attempts int
}

// A Failure is one error within a 2xx answer, HubSpot's StandardError. HubSpot
// documents no form in which it names the input that it is about.
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

// readable reports whether the failure says anything. One that is only known to
// exist, because it had another form, says nothing.
func (f Failure) readable() bool { return f.Category != "" || f.Message != "" }

// An ErrorDetail is one part of an Error or a Failure.
type ErrorDetail struct {
	Message     string
	Code        string
	In          string // the field or parameter that is wrong
	SubCategory string
	Context     map[string][]string
}
