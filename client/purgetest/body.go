package purgetest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// correlationHeader is in canonical form.
const correlationHeader = "X-Hubspot-Correlation-Id"

// errorBody is the body of an answer outside 2xx. HubSpot often omits the fields
// that are omitted here when empty.
type errorBody struct {
	Status        string        `json:"status"`
	Message       string        `json:"message"`
	CorrelationID string        `json:"correlationId"`
	Category      string        `json:"category,omitempty"`
	ErrorType     string        `json:"errorType,omitempty"`
	PolicyName    string        `json:"policyName,omitempty"`
	GroupName     string        `json:"groupName,omitempty"`
	Errors        []errorDetail `json:"errors,omitempty"`
}

type errorDetail struct {
	Message string              `json:"message"`
	Context map[string][]string `json:"context,omitempty"`
}

// rateLimit is the body of a 429. HubSpot omits the category there.
func rateLimit(policy string) errorBody {
	limit := "limit"
	if policy != "" {
		limit = strings.ToLower(policy) + " limit"
	}
	return errorBody{
		Message:    "You have reached your " + limit + ".",
		ErrorType:  "RATE_LIMIT",
		PolicyName: policy,
		GroupName:  "publicapi:private-apps",
	}
}

func (b errorBody) encode(correlationID string) []byte {
	b.Status, b.CorrelationID = "error", correlationID
	return encode(b)
}

// resultBody is the body of a 200 to a purge.
type resultBody struct {
	Status      client.Status     `json:"status"`
	RequestedAt string            `json:"requestedAt"`
	StartedAt   string            `json:"startedAt"`
	CompletedAt string            `json:"completedAt"`
	Results     []json.RawMessage `json:"results"`
	NumErrors   int               `json:"numErrors,omitempty"`
	Errors      []batchError      `json:"errors,omitempty"`
}

// batchError is what HubSpot calls a StandardError. It requires every field.
type batchError struct {
	Status   string              `json:"status"`
	Category string              `json:"category"`
	Message  string              `json:"message"`
	Context  map[string][]string `json:"context"`
	Links    map[string]string   `json:"links"`
	Errors   []errorDetail       `json:"errors"`
}

// newResult is the result of a purge that rejected this many inputs.
func newResult(rejected int) resultBody {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	body := resultBody{
		Status:      client.StatusComplete,
		RequestedAt: now,
		StartedAt:   now,
		CompletedAt: now,
		Results:     []json.RawMessage{},
		NumErrors:   rejected,
	}
	for range rejected {
		body.Errors = append(body.Errors, batchError{
			Status:   "error",
			Category: "VALIDATION_ERROR",
			Message:  "An association type was not accepted.",
			Context:  map[string][]string{},
			Links:    map[string]string{},
			Errors:   []errorDetail{},
		})
	}
	return body
}

// limitsBody is the body of the answer to a read.
type limitsBody struct {
	Results []limitItem `json:"results"`
}

type limitItem struct {
	Category client.Category `json:"category"`
	TypeID   int32           `json:"typeId"`
	Max      int32           `json:"userEnforcedMaxToObjectIds"`
	Label    *string         `json:"label"` // null for a type without one
}

// encode is for the types of this file. They can always be encoded.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return body
}

// correlationID is a UUID, as the document wants it, and the same in every run.
func correlationID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func wholeSeconds(d time.Duration) string {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return strconv.FormatInt(seconds, 10)
}
