package openapi_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Answers at random, of all forms that the document allows: the caller gets each
// in full.
func TestRandomAnswersReachTheCaller(t *testing.T) {
	schemas := load(t).Components.Schemas
	for seed := range uint64(500) {
		g := generator{rand.New(rand.NewPCG(seed, 2)), 1000}
		for id, success := range map[string]string{purge: "BatchResult", read: "LimitList"} {
			for status, name := range map[int]string{200: success, 400: "Error", 403: "Error", 429: "Error", 500: "Error"} {
				body, err := json.Marshal(g.value(schemas[name].Value))
				if err != nil {
					t.Fatal(err)
				}
				if checkServed(t, id, status, string(body)); t.Failed() {
					t.Fatalf("seed %d, %s, status %d", seed, id, status)
				}
			}
		}
	}
}

// A generator makes values of schemas. No two scalars of its own are the same.
type generator struct {
	r *rand.Rand
	n int
}

func (g *generator) next() int {
	g.n++
	return g.n
}

func (g *generator) value(s *openapi3.Schema) any {
	switch {
	case s.Nullable && g.r.IntN(4) == 0:
		return nil
	case len(s.OneOf) > 0:
		return g.value(s.OneOf[g.r.IntN(len(s.OneOf))].Value)
	case len(s.Enum) > 0:
		return s.Enum[g.r.IntN(len(s.Enum))]
	case s.Type.Is("object"):
		return g.object(s)
	case s.Type.Is("array"):
		list := []any{}
		for range g.r.IntN(3) {
			list = append(list, g.value(s.Items.Value))
		}
		return list
	case s.Type.Is("integer"):
		return g.next()
	case s.Format == "date-time":
		return time.Unix(int64(1_700_000_000+g.next()), 0).UTC().Format(time.RFC3339)
	case s.Format == "uuid":
		return fmt.Sprintf("7f0c1f52-3c3f-4d4e-9c0a-%012d", g.next())
	case s.Type.Is("string"):
		return fmt.Sprintf("text %d \" <é> {=", g.next())
	}
	return []any{g.next(), fmt.Sprint("any ", g.next()), true, map[string]any{"k": g.next()}}[g.r.IntN(4)]
}

func (g *generator) object(s *openapi3.Schema) map[string]any {
	object := map[string]any{}
	required := map[string]bool{}
	for _, name := range s.Required {
		required[name] = true
	}
	for name, property := range s.Properties {
		if required[name] || g.r.IntN(4) > 0 {
			object[name] = g.value(property.Value)
		}
	}
	if len(s.Properties) == 0 {
		for range g.r.IntN(3) {
			var value any = g.next()
			if items := s.AdditionalProperties.Schema; items != nil {
				value = g.value(items.Value)
			}
			object[fmt.Sprint("key ", g.next())] = value
		}
	}
	return object
}
