package client_test

import (
	"errors"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A run with an unknown outcome says so in its error, whatever it ended with.
func TestRunErrorMatchesUnknown(t *testing.T) {
	partly := purgetest.Answer{Status: 200, Body: complete + `,"numErrors":1}`}
	for name, answers := range map[string][]purgetest.Answer{
		"number of errors alone":         {partly, partly, partly},
		"canceled":                       {{Status: 200, Body: `{"status":"CANCELED"` + complete[len(`{"status":"COMPLETE"`):] + "}"}},
		"forbidden after errors":         {partly, {}, status(403)},
		"unauthorized after errors":      {partly, {}, status(401)},
		"stopped while it is in a queue": {partly, status(401)},
		"502 and unauthorized":           {status(502), status(401)},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			given := append(limits("0-1", "0-2", 2), limits("0-2", "0-1", 1)...)
			s.SetLimits(token, given...)
			s.Queue(answers...)
			report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			checkReport(t, given, report, err)
			if report.Count(client.StateUnknown) == 0 || !errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("%v: %v", report, err)
			}
		})
	}
}
