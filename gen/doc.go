// Package gen is generated from openapi/purge.yaml. It makes no promise of
// compatibility: any regeneration may change it. Use package client.
package gen
