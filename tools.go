//go:build tools

package limits

import _ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen" // go.mod pins the generator
