// Package openapi_test compares the document with what the client does.
package openapi_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/deea8dec/hubspot-limits/openapi"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Purge)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// An operation is one of the document's two.
type operation struct {
	*openapi3.Operation
	method, path string
}

// The operation IDs of the document.
const (
	purge = "purge"
	read  = "readLimits"
)

// operations returns the document's operations by their IDs.
func operations(t *testing.T, doc *openapi3.T) map[string]operation {
	t.Helper()
	found := map[string]operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			found[op.OperationID] = operation{op, method, path}
		}
	}
	return found
}

// mediaType is the JSON of a response, empty for a response without a body.
func mediaType(response *openapi3.ResponseRef) *openapi3.MediaType {
	if mt := response.Value.Content["application/json"]; mt != nil {
		return mt
	}
	return &openapi3.MediaType{}
}

func TestDocumentIsValid(t *testing.T) {
	for id, spoil := range map[string]func(example map[string]any){
		purge: func(example map[string]any) { example["status"] = "DONE" },
		read:  func(example map[string]any) { example["results"] = nil },
	} {
		doc := load(t)
		// Validate checks each example against its schema too.
		if err := doc.Validate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, example := range mediaType(operations(t, doc)[id].Responses.Value("200")).Examples {
			spoil(example.Value.Value.(map[string]any))
		}
		if doc.Validate(t.Context()) == nil {
			t.Errorf("a wrong example of %s is found valid", id)
		}
	}
}

// The client calls these two operations, of one version.
func TestDocumentHasTheTwoOperations(t *testing.T) {
	doc := load(t)
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	definitions := "/crm/associations/" + doc.Info.Version + "/definitions/configurations/{fromObjectType}/{toObjectType}"
	want := map[string][2]string{
		purge: {"POST", definitions + "/batch/purge"},
		read:  {"GET", definitions},
	}
	have := operations(t, doc)
	for id, op := range have {
		if want[id] != [2]string{op.method, op.path} {
			t.Errorf("%s is %s %s", id, op.method, op.path)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d operations, want %d", len(have), len(want))
	}
}

// Users read which version the library is for.
func TestDocsNameTheVersion(t *testing.T) {
	version := load(t).Info.Version
	for _, file := range []string{"../README.md", "../client/doc.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`API\sversion\s\**(\d{4}-\d\d)`).FindSubmatch(text)
		if named == nil || string(named[1]) != version {
			t.Errorf("%s does not speak of API version %s: decide whether all it says holds of that version, and say so there", file, version)
		}
	}
}
