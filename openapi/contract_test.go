// Package openapi_test holds document and client against each other.
package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
	"github.com/deea8dec/hubspot-limits/openapi"
)

const token = "pat-na1-contract"

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Purge)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func operation(t *testing.T, doc *openapi3.T) *openapi3.Operation {
	t.Helper()
	for _, item := range doc.Paths.Map() {
		return item.Post
	}
	t.Fatal("the document has no path")
	return nil
}

func TestDocumentIsValid(t *testing.T) {
	doc := load(t)
	// Examples are validated against their schemas too, unless that is disabled.
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// That validation bites.
	example := operation(t, doc).Responses.Value("200").Value.Content["application/json"].Examples["success"].Value
	example.Value.(map[string]any)["status"] = "DONE"
	if doc.Validate(t.Context()) == nil {
		t.Error("an example with an unknown status is found valid")
	}
}

// The client and the wrapper know one path: one operation, one version.
func TestDocumentHasTheOneOperation(t *testing.T) {
	doc := load(t)
	if doc.OpenAPI != "3.0.3" || doc.Paths.Len() != 1 {
		t.Errorf("OpenAPI %s, %d paths", doc.OpenAPI, doc.Paths.Len())
	}
	path := doc.Paths.InMatchingOrder()[0]
	if want := fmt.Sprintf("/crm/associations/%s/definitions/configurations/{fromObjectType}/{toObjectType}/batch/purge", doc.Info.Version); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
}

// Users read which version the library is for.
func TestVersionIsTold(t *testing.T) {
	version := load(t).Info.Version
	for _, file := range []string{"../README.md", "../client/doc.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		told := regexp.MustCompile(`API\sversion\s\**(\d{4}-\d\d)`).FindSubmatch(text)
		if told == nil || string(told[1]) != version {
			t.Errorf("%s does not speak of API version %s: decide whether all it says holds of that version, and say so there", file, version)
		}
	}
}

// Which status an example of the default answer comes with.
var exampleStatuses = map[string]int{"missingScopes": 403, "tenSecondlyRolling": 429, "secondly": 429, "daily": 429}

// Each example of an answer, served as it stands, is read in full: every text
// and number of it is found again in what the client returns.
func TestExamplesReachTheCaller(t *testing.T) {
	for code, response := range operation(t, load(t)).Responses.Map() {
		for name, example := range mediaType(response).Examples {
			t.Run(name, func(t *testing.T) {
				status, err := strconv.Atoi(code)
				if err != nil {
					status = exampleStatuses[name]
				}
				if status == 0 {
					t.Fatalf("a person has to decide with which status %s is served", name)
				}
				body, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				checkTold(t, status, string(body))
			})
		}
	}
}

func mediaType(response *openapi3.ResponseRef) *openapi3.MediaType {
	if mt := response.Value.Content["application/json"]; mt != nil {
		return mt
	}
	return &openapi3.MediaType{}
}

// places says where each property of an answer stands in package client. A
// property without a place is where a person decides, after the document changed.
var places = map[string]struct {
	in     reflect.Type
	fields map[string]string
}{
	"BatchResult": {reflect.TypeFor[client.Result](), map[string]string{
		"status": "Status", "requestedAt": "RequestedAt", "startedAt": "StartedAt", "completedAt": "CompletedAt",
		"results": "Results", "numErrors": "NumErrors", "errors": "Failures", "links": "Links",
	}},
	"StandardError": {reflect.TypeFor[client.Failure](), map[string]string{
		"id": "ID", "status": "Status", "category": "Category", "subCategory": "SubCategory", "message": "Message",
		"context": "Context", "links": "Links", "errors": "Details",
	}},
	"ErrorDetail": {reflect.TypeFor[client.ErrorDetail](), map[string]string{
		"message": "Message", "code": "Code", "in": "In", "subCategory": "SubCategory", "context": "Context",
	}},
	"Error": {reflect.TypeFor[client.Error](), map[string]string{
		"category": "Category", "subCategory": "SubCategory", "message": "Message", "correlationId": "CorrelationID",
		"context": "Context", "links": "Links", "errors": "Details", "policyName": "Policy",
		// They tell a caller nothing to decide by: the raw body has them.
		"status": "Body", "errorType": "Body", "groupName": "Body", "requestId": "Body",
	}},
}

// parts are the schemas that stand within an answer or a request as a whole.
var parts = []string{
	"BatchInput", "AssociationSpec", "BatchStatus", "Links",
	"Context", "ContextMap", "ContextText", "SubCategory", "SubCategoryName", "SubCategoryObject",
}

func TestEveryPropertyHasAPlace(t *testing.T) {
	schemas := load(t).Components.Schemas
	for name, schema := range schemas {
		place, known := places[name]
		if !known {
			if !slices.Contains(parts, name) {
				t.Errorf("schema %s is new: give it a place in package client, and name it here", name)
			}
			continue
		}
		for property := range schema.Value.Properties {
			if field := place.fields[property]; field == "" {
				t.Errorf("%s.%s is new in the document: decide where %v shows it, and name the place here", name, property, place.in)
			}
		}
		for property, field := range place.fields {
			if schema.Value.Properties[property] == nil {
				t.Errorf("%s.%s is gone from the document: decide what becomes of %v.%s", name, property, place.in, field)
			}
			if _, ok := place.in.FieldByName(field); !ok {
				t.Errorf("%v has no field %s, where %s.%s should be", place.in, field, name, property)
			}
		}
	}
	for name := range places {
		if schemas[name] == nil {
			t.Errorf("schema %s is gone from the document", name)
		}
	}
}

func TestEveryEnumValueHasAConstant(t *testing.T) {
	constants := map[string][]string{
		"BatchStatus": {
			string(client.StatusCanceled), string(client.StatusComplete),
			string(client.StatusPending), string(client.StatusProcessing),
		},
	}
	for name, schema := range load(t).Components.Schemas {
		for property, value := range schema.Value.Properties {
			if value.Ref == "" && len(value.Value.Enum) > 0 {
				t.Errorf("%s.%s has an enum of its own: name its schema, and its constants here", name, property)
			}
		}
		if len(schema.Value.Enum) == 0 {
			continue
		}
		for _, value := range schema.Value.Enum {
			if !slices.Contains(constants[name], fmt.Sprint(value)) {
				t.Errorf("%s %v has no constant in package client: decide what it means for a caller, and name it here", name, value)
			}
		}
		for _, constant := range constants[name] {
			if !slices.Contains(schema.Value.Enum, any(constant)) {
				t.Errorf("%s %s is gone from the document", name, constant)
			}
		}
	}
}

// The transport that checks the tests' traffic against the document bites.
func TestCheckingTransportBites(t *testing.T) {
	success := map[string]any{}
	for name, example := range mediaType(operation(t, load(t)).Responses.Value("200")).Examples {
		if name == "success" {
			maps.Copy(success, example.Value.Value.(map[string]any))
		}
	}
	for name, change := range map[string]func(body map[string]any){
		"":                 func(map[string]any) {},
		"missing property": func(body map[string]any) { delete(body, "status") },
		"unknown value":    func(body map[string]any) { body["status"] = "DONE" },
		"wrong type":       func(body map[string]any) { body["numErrors"] = "none" },
		"odd date":         func(body map[string]any) { body["startedAt"] = "yesterday" },
	} {
		body := maps.Clone(success)
		change(body)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if n := violations(t, "/0-1/0-2/batch/purge", `{"inputs":[]}`, purgetest.Answer{Status: 200, Body: string(text)}); n == 0 == (name != "") {
			t.Errorf("answer with %q: %d violations", name, n)
		}
	}
	for body, want := range map[string]bool{
		`{"inputs":[{"category":"A","typeId":1}]}`:   true,
		`{"inputs":[{"category":"A"}]}`:              false,
		`{"inputs":[{"category":"A","typeId":"1"}]}`: false,
		`{"inputs":null}`:                            false,
		`{}`:                                         false,
	} {
		if n := violations(t, "/0-1/0-2/batch/purge", body, purgetest.Answer{Status: 204}); n == 0 != want {
			t.Errorf("request %s: %d violations", body, n)
		}
	}
	if violations(t, "/0-1/0-2/purge", `{"inputs":[]}`, purgetest.Answer{Status: 204}) == 0 {
		t.Error("a path of no operation passes")
	}
}

func violations(t *testing.T, path, body string, answer purgetest.Answer) int {
	t.Helper()
	s := purgetest.NewServer()
	defer s.Close()
	s.Queue(answer)
	base, _, _ := strings.Cut(load(t).Paths.InMatchingOrder()[0], "/{")
	url := "https://api.hubapi.com" + base + path
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return len(s.Violations())
}
