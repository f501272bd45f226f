package openapi_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// whole is the place of a property that is the Go value itself, not a field of it.
const whole = "all of it"

// places says where package client has each property of the document. A new
// property has no place yet: a person decides.
var places = map[string]struct {
	in     reflect.Type
	fields map[string]string
}{
	"BatchInput": {reflect.TypeFor[[]client.AssociationType](), map[string]string{"inputs": whole}},
	"AssociationSpec": {reflect.TypeFor[client.AssociationType](), map[string]string{
		"category": "Category", "typeId": "TypeID",
	}},
	"BatchResult": {reflect.TypeFor[client.Result](), map[string]string{
		"status": "Status", "requestedAt": "RequestedAt", "startedAt": "StartedAt", "completedAt": "CompletedAt",
		"results": "Results", "numErrors": "NumErrors", "errors": "Failures", "links": "Links",
	}},
	"StandardError": {reflect.TypeFor[client.Failure](), map[string]string{
		"id": "ID", "status": "Status", "category": "Category", "subCategory": "SubCategory", "message": "Message",
		"context": "Context", "links": "Links", "errors": "Details",
	}},
	"LimitList": {reflect.TypeFor[[]client.LimitSetting](), map[string]string{"results": whole}},
	"LimitItem": {reflect.TypeFor[client.LimitSetting](), map[string]string{
		"category": "Limit", "typeId": "Limit", "userEnforcedMaxToObjectIds": "Max", "label": "Label",
	}},
	"ErrorDetail": {reflect.TypeFor[client.ErrorDetail](), map[string]string{
		"message": "Message", "code": "Code", "in": "In", "subCategory": "SubCategory", "context": "Context",
	}},
	"Error": {reflect.TypeFor[client.Error](), map[string]string{
		"category": "Category", "subCategory": "SubCategory", "message": "Message", "correlationId": "CorrelationID",
		"context": "Context", "links": "Links", "errors": "Details", "policyName": "Policy",
		// A caller decides nothing by these: only the raw body has them.
		"status": "Body", "errorType": "Body", "groupName": "Body", "requestId": "Body",
	}},
}

// parts are the schemas without named properties. Each is the type of a property.
var parts = []string{
	"BatchStatus", "Links", "Context", "ContextMap", "ContextText", "SubCategory", "SubCategoryName", "SubCategoryObject",
}

func TestEveryPropertyHasAPlace(t *testing.T) {
	schemas := load(t).Components.Schemas
	for name, schema := range schemas {
		place, known := places[name]
		if !known && (!slices.Contains(parts, name) || len(schema.Value.Properties) > 0) {
			t.Errorf("schema %s is new: give it a place in package client, and name it here", name)
		}
		if !known {
			continue
		}
		for property := range schema.Value.Properties {
			if field := place.fields[property]; field == "" {
				t.Errorf("%s.%s is new in the document: decide where %v shows it, and name the place here", name, property, place.in)
			}
		}
		for property, field := range place.fields {
			if schema.Value.Properties[property] == nil {
				t.Errorf("%s.%s is gone from the document: decide what becomes of its place in %v, %s", name, property, place.in, field)
			}
			if field == whole {
				continue
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
