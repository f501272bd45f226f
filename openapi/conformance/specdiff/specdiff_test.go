//go:build conformance

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// standIn returns a file that looks like HubSpot's document, with some of its
// text replaced.
func standIn(t *testing.T, edits ...string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/today.json")
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

func TestCompare(t *testing.T) {
	const (
		spec    = `"PublicAssociationSpec":{"required":["category","typeId"],`
		failure = `"Error":{"required":["category","correlationId","message"],`
		ok      = `"200":{"description":"success","content":{"application/json":{"schema":{"$ref":"#/components/schemas/BatchResponseVoid"},"example":null}}}`
		context = `"context":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string","example":null},"example":null},"example":null}`
	)
	tests := []struct {
		name  string
		edits []string
		says  string // "" for no difference
	}{
		{"as today", nil, ""},
		{"errors as JSON", []string{`"*/*"`, `"application/json"`}, ""},
		{"204 too", []string{ok, ok + `,"204":{"description":"","content":{}}`}, ""},
		{"another scope", []string{`"crm.objects.deals.read"`, `"crm.objects.quotes.read"`}, ""},
		{"another example", []string{`"Amessage"`, `"Another"`}, ""},
		{"other operations", []string{`batch/create"`, `batch/set"`}, ""},

		{"renamed field", []string{`"numErrors"`, `"errorCount"`}, "removed the optional property `numErrors`"},
		{"new optional field", []string{`"numErrors":`, `"numSkipped":{"type":"integer"},"numErrors":`}, "`numSkipped`"},
		{"new required input", []string{spec, strings.Replace(spec, `]`, `,"reason"]`, 1), `"typeId":{`, `"reason":{"type":"string"},"typeId":{`}, "added the new required request property `inputs/items/reason`"},
		{"new optional input", []string{`"typeId":{`, `"reason":{"type":"string"},"typeId":{`}, "`inputs/items/reason`"},
		{"changed type", []string{`"typeId":{"type":"integer","format":"int32"`, `"typeId":{"type":"string"`}, "`inputs/items/typeId`"},
		{"changed format", []string{`"typeId":{"type":"integer","format":"int32"`, `"typeId":{"type":"integer","format":"int64"`}, "int64"},
		{"largest batch", []string{`"inputs":{"type":"array"`, `"inputs":{"type":"array","maxItems":100`}, "100"},
		{"new status value", []string{`"PROCESSING"]`, `"PROCESSING","PAUSED"]`}, "added the new `PAUSED` enum value"},
		{"another success status", []string{`"200":`, `"202":`}, "`202`"},
		{"one more success status", []string{ok, ok + `,"207":` + strings.TrimPrefix(ok, `"200":`)}, "`207`"},
		{"204 alone", []string{ok, `"204":{"description":"","content":{}}`}, "removed the success response with the status `200`"},
		{"results of a form", []string{`"items":{"example":null}`, `"items":{"type":"object"}`}, "results"},
		{"new field of an error", []string{`"correlationId":{`, `"traceId":{"type":"string"},"correlationId":{`}, "`traceId`"},
		{"error with more required", []string{failure, strings.Replace(failure, `]`, `,"links"]`, 1)}, "links"},
		{"error with a field of ours", []string{`"correlationId":{`, `"policyName":{"type":"integer"},"correlationId":{`}, "policyName"},
		{"context of another form", []string{context, strings.Replace(context, `"items":{"type":"string"`, `"items":{"type":"integer"`, 1)}, "context"},
		{"errors of another type", []string{`"*/*"`, `"application/problem+json"`}, "application/problem+json"},
		{"parameter renamed", []string{"{fromObjectType}", "{from}", `"fromObjectType"`, `"from"`}, "has no POST"},
		{"query parameter", []string{`"parameters":[`, `"parameters":[{"name":"dryRun","in":"query","schema":{"type":"boolean"}},`}, "`dryRun`"},
		{"another version", []string{"2026-03", "2026-09"}, "/2026-09/"},
		{"deprecated", []string{`"operationId"`, `"deprecated":true,"operationId"`}, "deprecated"},
		{"another host", []string{"https://api.hubapi.com\"}]", "https://api.example.com\"}]"}, "api.example.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			same, err := compare(&out, standIn(t, tt.edits...))
			if err != nil || same != (tt.says == "") || !strings.Contains(out.String(), tt.says) {
				t.Errorf("same %v, err %v, want it to say %q:\n%s", same, err, tt.says, &out)
			}
		})
	}
}

func TestUpstreamByAddress(t *testing.T) {
	s := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	defer s.Close()
	var out strings.Builder
	if same, err := compare(&out, s.URL+"/today.json"); !same || err != nil {
		t.Errorf("%v, %v: %s", same, err, &out)
	}
	for _, missing := range []string{s.URL + "/yesterday.json", "testdata/yesterday.json"} {
		if same, err := compare(&out, missing); same || err == nil {
			t.Errorf("%s: %v, %v", missing, same, err)
		}
	}
}
