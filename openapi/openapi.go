// Package openapi embeds the OpenAPI document of the purge and the read beside
// it, for the tests and for the stand-in server of package purgetest.
package openapi

import _ "embed" // for the directive below

// Purge is the document, purge.yaml, as YAML.
//
//go:embed purge.yaml
var Purge []byte
