package client_test

import (
	"runtime"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// A vendor keeps a Client for each of many accounts: a new one holds no goroutine and
// under 1 KiB.
func TestClientIsSmall(t *testing.T) {
	if raced {
		return
	}
	const n = 10_000
	clients := make([]*client.Client, n)
	goroutines := runtime.NumGoroutine()
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := held()
	for i := range clients {
		c, err := client.New(client.StaticToken(token))
		if err != nil {
			t.Fatal(err)
		}
		clients[i] = c
	}
	if each := (held() - before) / n; each >= 1024 {
		t.Errorf("a Client holds %d bytes", each)
	}
	if after := runtime.NumGoroutine(); after > goroutines {
		t.Errorf("%d goroutines before, %d after", goroutines, after)
	}
	runtime.KeepAlive(clients)
}
