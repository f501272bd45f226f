package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

func TestReport(t *testing.T) {
	l := limits("0-1", "0-2", 4)
	report := &client.Report{Outcomes: []client.Outcome{
		{Limit: l[0], State: client.StatePurged},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
		{Limit: l[2], State: client.StateUnknown, Err: client.ErrOutcomeUnknown},
		{Limit: l[3], Err: context.Canceled},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
	}}
	if got, want := report.String(), "5 limits: 1 purged, 2 failed, 1 unknown, 1 not attempted"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := report.Remaining(); !slices.Equal(got, l[1:]) {
		t.Errorf("Remaining() = %v", got)
	}
	text, err := json.Marshal(report)
	if want := `{"outcomes":[` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:1"},"state":"purged"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:3"},"state":"unknown","error":"outcome unknown"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:4"},"state":"not attempted","error":"context canceled"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"}]}`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v\nwant %s", text, err, want)
	}
	if got := new(client.Report).String() + " " + client.State(9).String() + " " + client.State(-1).String(); got != "0 limits: 0 purged State(9) State(-1)" {
		t.Errorf("zero: %q", got)
	}
	s := standIn(t)
	s.Queue(status(403))
	_, err = connect(t, s).PurgeLimits(t.Context(), l, nil)
	if want := "purge association limits: 4 limits: 0 purged, 4 failed: 403 Forbidden: m (correlation ID 00000000-0000-4000-8000-000000000001)"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
}
