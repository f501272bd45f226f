//go:build conformance

package openapi_test

import (
	"bufio"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// prism starts Prism on the document, as a mock or as a proxy of an upstream, and
// returns its address. It ends with the test.
func prism(t *testing.T, mode string, upstream ...string) string {
	t.Helper()
	port := freePort(t)
	args := []string{"conformance/node_modules/@stoplight/prism-cli/dist/index.js", mode, "--host", "127.0.0.1", "--port", port, "--errors", "purge.yaml"}
	cmd := exec.CommandContext(t.Context(), "node", append(args, upstream...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening, ended := make(chan struct{}), make(chan string)
	go func() {
		var text strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			text.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "is listening") {
				close(listening)
			}
		}
		ended <- text.String()
	}()
	select {
	case <-listening:
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			<-ended
			_ = cmd.Wait()
		})
	case text := <-ended:
		t.Fatalf("Prism ended: %v\n%s", cmd.Wait(), text)
	case <-time.After(time.Minute):
		t.Fatal("Prism does not listen after a minute")
	}
	return "http://127.0.0.1:" + port
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
