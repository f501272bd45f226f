// Package limits is the root of a client library for HubSpot's operation
// "Batch delete limits". It has no code of its own: import
// github.com/deea8dec/hubspot-limits/client.
package limits

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config openapi/oapi-codegen.yaml openapi/purge.yaml
