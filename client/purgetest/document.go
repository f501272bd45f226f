package purgetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/deea8dec/hubspot-limits/openapi"
)

// An operation is a request with what the document says about it.
type operation = openapi3filter.RequestValidationInput

// router finds the document's operations, on any host.
var router = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Purge)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	return gorillamux.NewRouter(doc)
})

var checks = &openapi3filter.Options{
	AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc, // a bad token is a 401, not a violation
	IncludeResponseStatus: true,
	MultiError:            true,
	SkipSettingDefaults:   true,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.DisableSchemaErrorDetails(),
		openapi3.WithStringFormatValidator("uuid",
			openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562)),
	},
}

// checkRequest returns no operation if the document has none for the request.
func checkRequest(req *http.Request) (*operation, error) {
	docs, err := router()
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	route, params, err := docs.FindRoute(req)
	if err != nil {
		return nil, err
	}
	op := &operation{Request: req, PathParams: params, Route: route, Options: checks}
	return op, openapi3filter.ValidateRequest(context.Background(), op)
}

// checkReply adds to the filter what it does not check: default does not cover 2xx,
// and an answer declared without content has no body. A status that default covers
// needs none.
func checkReply(op *operation, r reply) error {
	responses := op.Route.Operation.Responses
	switch declared := responses.Status(r.status); {
	case declared == nil && r.status/100 == 2:
		return fmt.Errorf("status %d is not declared", r.status)
	case declared == nil && responses.Default() != nil && len(r.body) == 0:
		return nil
	case declared != nil && len(declared.Value.Content) == 0 && len(r.body) > 0:
		return fmt.Errorf("status %d is declared without a body", r.status)
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: op,
		Status:                 r.status,
		Header:                 r.header,
		Body:                   io.NopCloser(bytes.NewReader(r.body)),
		Options:                checks,
	})
}
