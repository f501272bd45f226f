//go:build conformance

package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// standIn returns a file that has the form of HubSpot's document of August 2026,
// with some of its text replaced.
func standIn(t *testing.T, edits ...string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/august.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Join(strings.Fields(string(text)), "")
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(doc, edits[i]) {
			t.Fatalf("nothing like %s in the stand-in", edits[i])
		}
		doc = strings.ReplaceAll(doc, edits[i], edits[i+1])
	}
	file := filepath.Join(t.TempDir(), "upstream.json")
	if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A change of the stand-in, and what compare has to say about it.
type change struct {
	name  string
	edits []string
	says  string // "" if it is no difference
}

func check(t *testing.T, changes []change) {
	t.Helper()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := compare(&out, standIn(t, c.edits...))
			if (err == nil) != (c.says == "") || err != nil && !errors.Is(err, errChanged) || !strings.Contains(out.String(), c.says) {
				t.Errorf("err %v, want it to say %q:\n%s", err, c.says, &out)
			}
			if strings.Contains(out.String(), "0 error") {
				t.Errorf("it counts no errors over a failure:\n%s", &out)
			}
		})
	}
}

const (
	purgePath = "/crm/associations/2026-03/definitions/configurations/{fromObjectType}/{toObjectType}/batch/purge"
	readPath  = "/crm/associations/2026-03/definitions/configurations/{fromObjectType}/{toObjectType}"
	batchOK   = `"200":{"description":"success","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Batch"},"example":null}}}`
	noContent = `"204":{"description":"","content":{}}`
	purgeOp   = purgePath + `":{"post":`
	readOp    = readPath + `":{"get":`
)

func TestOfBoth(t *testing.T) {
	const (
		failure = `"Error":{"required":["category","correlationId","message"],`
		context = `"context":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string","example":null},"example":null},"example":null}`
	)
	check(t, []change{
		{"August", nil, ""},
		{"errors as JSON", []string{`"*/*"`, `"application/json"`}, ""},
		{"another scope", []string{`"crm.objects.deals.read"`, `"crm.objects.quotes.read"`}, ""},
		{"another example", []string{`"Amessage"`, `"Another"`}, ""},
		{"other operations", []string{`batch/create"`, `batch/set"`}, ""},

		{"new field of an error", []string{`"correlationId":{`, `"traceId":{"type":"string"},"correlationId":{`}, "`traceId`"},
		{"error with more required", []string{failure, strings.Replace(failure, `]`, `,"links"]`, 1)}, "links"},
		{"error with a field of ours", []string{`"correlationId":{`, `"policyName":{"type":"integer"},"correlationId":{`}, "policyName"},
		{"context of another form", []string{context, strings.Replace(context, `"items":{"type":"string"`, `"items":{"type":"integer"`, 1)}, "context"},
		{"errors of another type", []string{`"*/*"`, `"application/problem+json"`}, "application/problem+json"},
		{"query parameter", []string{`"parameters":[`, `"parameters":[{"name":"dryRun","in":"query","schema":{"type":"boolean"}},`}, "`dryRun`"},
		{"query parameter of the path", []string{purgeOp, purgePath + `":{"parameters":[{"name":"dryRun","in":"query","schema":{"type":"boolean"}}],"post":`}, "dryRun"},
		{"deprecated", []string{`"operationId"`, `"deprecated":true,"operationId"`}, "deprecated"},
		{"another host", []string{"https://api.hubapi.com\"}]", "https://api.example.com\"}]"}, "api.example.com"},
	})
}

func TestOfThePurge(t *testing.T) {
	const spec = `"Type":{"required":["category","typeId"],`
	check(t, []change{
		{"June, 204 alone", []string{batchOK, noContent}, "removed the success response with the status `200`"},
		{"204 too", []string{batchOK, batchOK + "," + noContent}, ""},
		{"results of any form", []string{`"items":{"type":"object","properties":{},"example":null}`, `"items":{}`}, ""},

		{"renamed field", []string{`"numErrors"`, `"errorCount"`}, "removed the optional property `numErrors`"},
		{"new optional field", []string{`"numErrors":`, `"numSkipped":{"type":"integer"},"numErrors":`}, "`numSkipped`"},
		{"new required input", []string{spec, strings.Replace(spec, `]`, `,"reason"]`, 1), `"Type":{"required":["category","typeId","reason"],"type":"object","properties":{`, `"Type":{"required":["category","typeId","reason"],"type":"object","properties":{"reason":{"type":"string"},`}, "added the new required request property `inputs/items/reason`"},
		{"new optional input", []string{spec + `"type":"object","properties":{`, spec + `"type":"object","properties":{"reason":{"type":"string"},`}, "`inputs/items/reason`"},
		{"changed type", []string{spec + `"type":"object","properties":{"category":{"type":"string"`, spec + `"type":"object","properties":{"category":{"type":"integer"`}, "`inputs/items/category`"},
		{"changed format", []string{`"typeId":{"type":"integer","format":"int32"`, `"typeId":{"type":"integer","format":"int64"`}, "int64"},
		{"largest batch", []string{`"inputs":{"type":"array"`, `"inputs":{"type":"array","maxItems":100`}, "100"},
		{"new status value", []string{`"PROCESSING"]`, `"PROCESSING","PAUSED"]`}, "added the new `PAUSED` enum value"},
		{"another success status", []string{batchOK, strings.Replace(batchOK, "200", "202", 1)}, "`202`"},
		{"one more success status", []string{batchOK, batchOK + `,"207":` + strings.TrimPrefix(batchOK, `"200":`)}, "`207`"},
		{"results with fields", []string{`"items":{"type":"object","properties":{},"example":null}`, `"items":{"type":"object","properties":{"typeId":{"type":"integer"}}}`}, "results"},
		{"results of texts", []string{`"items":{"type":"object","properties":{},"example":null}`, `"items":{"type":"string"}`}, "results"},
	})
}

func TestOfTheRead(t *testing.T) {
	const (
		list   = `"LimitList":{"required":["results"],"type":"object","properties":{`
		limit  = `"Limit":{"required":["category","typeId"],"type":"object","properties":{`
		number = `"userEnforcedMaxToObjectIds":{"type":"integer","format":"int32"`
		values = `"USER_DEFINED","WORK"]`
	)
	check(t, []change{
		{"renamed field", []string{`"userEnforcedMaxToObjectIds"`, `"maxToObjectIds"`}, "removed the optional property `results/items/userEnforcedMaxToObjectIds`"},
		{"changed type", []string{number, `"userEnforcedMaxToObjectIds":{"type":"string"`}, "userEnforcedMaxToObjectIds"},
		{"changed format", []string{number, strings.Replace(number, "int32", "int64", 1)}, "int64"},
		{"label of another type", []string{`"label":{"type":"string"`, `"label":{"type":"object"`}, "label"},
		{"new field", []string{limit, limit + `"maxFromObjectIds":{"type":"integer"},`}, "`results/items/maxFromObjectIds`"},
		{"typeId may be absent", []string{limit, strings.Replace(limit, `,"typeId"]`, `]`, 1)}, "typeId"},
		{"one more category", []string{values, strings.Replace(values, `]`, `,"PLAY"]`, 1)}, "PLAY"},
		{"pages", []string{list, list + `"paging":{"type":"object"},`}, "`paging`"},
		{"items of any form", []string{`"$ref":"#/components/schemas/Limit"`, `"type":"object"`}, "results/items"},
		{"another success status", []string{readOp + `{"tags":["Limits"]`, readOp + `{"responses":{"202":{"description":""}},"tags":["Limits"]`, `"responses":{"200":{"description":"success","content":{"application/json":{"schema":{"$ref":"#/components/schemas/LimitList"},"example":null}}},"default":{"description":"","$ref":"#/components/responses/Error"}},`, ""}, "`202`"},
	})
}

// An operation that is gone is named, and what looks like it.
func TestOfOperations(t *testing.T) {
	check(t, []change{
		{"purge gone", []string{purgePath, purgePath + "/all"}, "HubSpot's document has no POST " + purgePath + ", and nothing like it\n"},
		{"read gone", []string{`"` + readOp, `"/limits":{"get":`}, "HubSpot's document has no GET " + readPath + ", and nothing like it\n"},
		{"POST turned into PUT", []string{purgeOp, purgePath + `":{"put":`}, "HubSpot's document has no POST " + purgePath + "; it has PUT " + purgePath + "\n"},
		{"GET turned into POST", []string{readOp, readPath + `":{"post":`}, "HubSpot's document has no GET " + readPath + "; it has POST " + readPath + "\n"},
		{"read moved", []string{readOp, strings.Replace(readOp, "/crm/", "/crm/v5/", 1)}, "has no GET " + readPath + "; it has GET " + strings.Replace(readPath, "/crm/", "/crm/v5/", 1) + "\n"},
		{"parameter renamed", []string{"{fromObjectType}", "{from}", `"fromObjectType"`, `"from"`}, "has no POST " + purgePath + "; it has POST " + strings.Replace(purgePath, "fromObjectType", "from", 1) + "\n"},
		{"another version", []string{"2026-03", "2026-09"}, "has no GET " + readPath + "; it has GET " + strings.Replace(readPath, "2026-03", "2026-09", 1) + "\n"},
	})
}

// A document that changed, one that moved, and one that could not be fetched are
// three things.
func TestUpstreamByAddress(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/trouble":
			w.WriteHeader(http.StatusBadGateway)
		case "/busy":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/page":
			_, _ = w.Write([]byte("<html>no document</html>"))
		case "/empty":
			_, _ = w.Write([]byte("{}"))
		default:
			http.FileServer(http.Dir("testdata")).ServeHTTP(w, r)
		}
	}))
	defer s.Close()
	for address, want := range map[string]error{
		s.URL + "/august.json":    nil,
		s.URL + "/july.json":      errMoved,
		s.URL + "/page":           errChanged,
		s.URL + "/empty":          errChanged,
		s.URL + "/trouble":        errNoAnswer,
		s.URL + "/busy":           errNoAnswer,
		"http://127.0.0.1:1/none": errNoAnswer,
		"testdata/july.json":      os.ErrNotExist,
	} {
		var out strings.Builder
		if err := compare(&out, address); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v\n%s", address, err, want, &out)
		}
	}
}

// What fails, fails through make, and its last words say why.
func TestThroughMake(t *testing.T) {
	for upstream, want := range map[string]string{
		standIn(t):                       "",
		standIn(t, batchOK, noContent):   "spec-diff: CHANGED: ",
		"":                               "spec-diff: say what to compare with",
		filepath.Join(t.TempDir(), "no"): "spec-diff: open ",
	} {
		cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "-C", "../../..", "spec-diff", "UPSTREAM="+upstream)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); (err == nil) != (want == "") || !strings.Contains(stderr.String(), want) {
			t.Errorf("UPSTREAM=%s: %v, want it to say %q:\n%s", upstream, err, want, &stderr)
		}
	}
}
