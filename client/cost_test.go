package client_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// fill repeats part between start and end, up to a length.
func fill(start, part, end string, length int) string {
	return start + strings.TrimSuffix(strings.Repeat(part, (length-len(start)-len(end))/len(part)), ",") + end
}

// The longest answers of the worst content: reading one allocates less than 512 MiB,
// and half of it costs half.
func TestCostOfLongAnswers(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates as well")
	}
	const mib = 1 << 20
	for name, tc := range map[string]struct{ start, part, end string }{
		"errors of numbers":    {complete + `,"errors":[`, "0,", "]}"},
		"errors of nulls":      {complete + `,"errors":[`, "null,", "]}"},
		"errors of objects":    {complete + `,"errors":[1,`, "{},", "]}"},
		"errors of arrays":     {complete + `,"errors":[`, "[],", "]}"},
		"details of numbers":   {complete + `,"errors":[{"errors":[`, "0,", "]}]}"},
		"results":              {complete[:len(complete)-1], "0,", `],"completedAt":0}`},
		"links":                {complete + `,"links":{`, `"":0,`, "}}"},
		"fields again":         {complete + `,"numErrors":"",`, `"errors":[0],`, `"x":0}`},
		"a date again":         {complete, `,"startedAt":0`, "}"},
		"context as text":      {complete + `,"errors":[{"context":"{a=`, ", ", `}"}]}`},
		"context of arrays":    {complete + `,"errors":[{"context":{"a":[`, "0,", "]}}]}"},
		"context of nulls":     {complete + `,"errors":[{"context":{"a":[`, "null,", "]}}]}"},
		"context of keys":      {complete + `,"errors":[{"context":{`, `"a":["b"],`, `"c":0}}]}`},
		"contexts":             {complete + `,"errors":[`, `{"context":{"a":0}},`, "]}"},
		"subCategories":        {complete + `,"errors":[`, `{"subCategory":{"a":0}},`, "]}"},
		"odd dates and errors": {strings.Replace(complete, "2026", "x", 1) + `,"errors":[`, `{"message":0,"links":[],"errors":{}},`, "]}"},
		"half":                 {complete + `,"errors":[`, "0,", ""},
		"white space":          {complete, " ", "}"},
		"escaped":              {complete + `,"errors":[{"message":"`, `\u002d`, `"}]}`},
		"escapes":              {complete + `,"errors":[{"message":"`, `\\`, `"}]}`},
		"objects in objects":   {complete + `,"x":`, `{"a":`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cost := func(length int) uint64 {
				body := []byte(fill(tc.start, tc.part, tc.end, length))
				c := connectTo(t, one(200, nil, body), once)
				return allocated(func() { _, _ = purge(t, c) })
			}
			half, whole := cost(mib/2), cost(mib)
			if whole > 512*mib || whole > 3*half+mib {
				t.Errorf("%d bytes allocated for half a MiB, %d for one", half, whole)
			}
		})
	}
}

// A refusal is read up to 64 KiB, whatever it holds, and so is a read's answer to
// 1 MiB.
func TestCostOfOtherAnswers(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates as well")
	}
	const mib = 1 << 20
	for name, tc := range map[string]struct {
		status int
		body   string
		most   uint64
	}{
		"details of a refusal": {400, fill(`{"errors":[`, "0,", "]}", 64<<10), 64 * mib},
		"context of a refusal": {400, fill(`{"context":"{a=`, ", ", `}"}`, 64<<10), 2 * mib},
		"a long refusal":       {400, fill(`{"errors":[`, "0,", "]}", 16*mib), 64 * mib},
		"limits":               {200, fill(`{"results":[`, "0,", "]}", mib), 512 * mib},
	} {
		t.Run(name, func(t *testing.T) {
			c := connectTo(t, one(tc.status, nil, []byte(tc.body)), once)
			if got := allocated(func() { _, _ = purge(t, c) }); got > tc.most {
				t.Errorf("Purge allocated %d bytes", got)
			}
			if got := allocated(func() { _, _ = c.ReadLimits(t.Context(), "0-1", "0-2") }); got > tc.most {
				t.Errorf("ReadLimits allocated %d bytes", got)
			}
		})
	}
}

// Duplicates are found in about linear time: a list ten times as long does not cost a
// hundred times as much.
func TestCostOfManyInputs(t *testing.T) {
	var types []client.AssociationType
	for _, l := range limits("0-1", "0-2", 100_000) {
		types = append(types, l.Type)
	}
	c := connectTo(t, one(204, nil, nil), client.WithBatchSize(len(types)))
	if got := allocated(func() { _, _ = c.Purge(t.Context(), "0-1", "0-2", append(types, types...)...) }); got > 100<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}
