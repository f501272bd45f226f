package purgetest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestOwnAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		auth, path, body string
		setup            func(s *purgetest.Server)
		status           int
		contains         string
		left             []client.Limit
		violations       bool
	}{
		"purge":              {bearer, "", inputs(label.Type), nil, 200, `"status":"COMPLETE"`, []client.Limit{own, back}, false},
		"by ID":              {bearer, "0-1/0-2/batch/purge", inputs(label.Type, own.Type), nil, 200, `"results":[]`, []client.Limit{back}, false},
		"any case":           {bearer, "Contact/COMPANY/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{own, back}, false},
		"not set":            {bearer, "deals/line_items/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{label, own, back}, false},
		"no content":         {bearer, "", inputs(label.Type), func(s *purgetest.Server) { s.AnswerNoContent(true) }, 204, "", []client.Limit{own, back}, false},
		"no token":           {"", "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"unknown token":      {"Bearer other", "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"not bearer":         {"Basic " + token, "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"bare custom name":   {bearer, "vendor/contacts/batch/purge", inputs(label.Type), nil, 400, "Unable to infer object type from: vendor", []client.Limit{label, own, back}, false},
		"custom names":       {bearer, "p_vendor/p345_other/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{label, own, back}, false},
		"rejected, as batch": {bearer, "", inputs(label.Type, own.Type), func(s *purgetest.Server) { s.Reject(label) }, 400, "VALIDATION_ERROR", []client.Limit{label, own, back}, false},
		"rejected, partly": {bearer, "", inputs(label.Type, own.Type, label.Type), func(s *purgetest.Server) { s.Reject(label); s.SetRejection(purgetest.RejectPartially) },
			200, `"numErrors":1,"errors":[{"status":"error","category":"VALIDATION_ERROR","message":"An association type was not accepted.","context":{},`, []client.Limit{label, back}, false},
		"rejected, elsewhere": {bearer, "", inputs(label.Type), func(s *purgetest.Server) { s.Reject(back) }, 200, "", []client.Limit{own, back}, false},
		"no JSON":             {bearer, "", "inputs", nil, 400, "VALIDATION_ERROR", []client.Limit{label, own, back}, true},
		"other path":          {bearer, "contacts/companies/batch/archive", inputs(label.Type), nil, 404, "", []client.Limit{label, own, back}, true},
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
				if tc.setup != nil {
					tc.setup(s)
				}
				resp, text, err := post(t, s, hc, tc.auth, tc.path, tc.body)
				if err != nil || resp.StatusCode != tc.status || !strings.Contains(text, tc.contains) {
					t.Fatalf("%v %q, %v, want %d with %q", resp, text, err, tc.status, tc.contains)
				}
				if text != "" && !json.Valid([]byte(text)) || resp.Header.Get("X-HubSpot-Correlation-Id") == "" {
					t.Errorf("answer %q, header %v", text, resp.Header)
				}
				if got := s.Limits(token); !slices.Equal(got, tc.left) {
					t.Errorf("limits left %v, want %v", got, tc.left)
				}
				if got := s.Violations(); len(got) > 0 != tc.violations {
					t.Errorf("violations %v", got)
				}
			})
		})
	}
}
