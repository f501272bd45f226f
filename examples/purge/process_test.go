//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "purge")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

var build = sync.OnceValues(func() (string, error) {
	name := filepath.Join(buildDir, "purge")
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return name, err
})

// A process is the program at work on 500 limits of five pairs, in a directory of its
// own.
type process struct {
	*exec.Cmd
	server *purgetest.Server
	limits []client.Limit
	dir    string
	stderr bytes.Buffer
}

func newProcess(t *testing.T, args ...string) *process {
	t.Helper()
	// A signal that these tests were started with as ignored would be ignored there too.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	t.Cleanup(func() { signal.Stop(heard) })
	name, err := build()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{server: purgetest.NewServer(), dir: t.TempDir()}
	t.Cleanup(p.server.Close)
	var set []client.LimitSetting
	for i := range int32(500) {
		l := client.Limit{From: client.ObjectType(fmt.Sprintf("2-%d", i/100)), To: "0-1", Type: client.UserDefined(i + 1)}
		p.limits = append(p.limits, l)
		set = append(set, client.LimitSetting{Limit: l, Max: 1, Label: strings.Repeat("x", 300)}) // more than a pipe holds
	}
	p.server.SetSettings(token, set...)
	if err := os.WriteFile(filepath.Join(p.dir, "limits.csv"), []byte(rest(p.limits...)), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Cmd = exec.Command(name, append(args, "-yes", "-base-url", p.server.URL, "-f", "limits.csv")...)
	p.Dir, p.Stderr = p.dir, &p.stderr
	p.Env = append(os.Environ(), tokenVariable+"="+token)
	return p
}

// rest returns the limits in the rest file.
func (p *process) rest(t *testing.T) []client.Limit {
	t.Helper()
	f, err := os.Open(filepath.Join(p.dir, "remaining.csv"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	limits, err := (&program{}).readLimits(f)
	if err != nil {
		t.Fatal(err)
	}
	return limits
}

// until waits for something that a process does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come")
		}
	}
}

// A signal ends the run at once. All that is still set is in the rest file.
func TestSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		p := newProcess(t)
		slow := slices.Repeat([]purgetest.Answer{{Delay: time.Minute, Apply: true}}, 4)
		p.server.Queue(append(make([]purgetest.Answer, 5+1), slow...)...) // after the reads and a purge
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool { return purges(p.server) == 5 && len(p.server.Limits(token)) == 0 })
		if got := p.rest(t); !slices.Equal(got, p.limits) {
			t.Errorf("%v: %d limits in the rest while they are sent, want all", sig, len(got))
		}
		_ = p.Process.Signal(sig)
		_ = p.Wait()
		if status := p.ProcessState.ExitCode(); status != exitUnknown || !strings.Contains(p.stderr.String(), "Stopping: ") {
			t.Errorf("%v: exit %d, %s", sig, status, p.stderr.String())
		}
		if got := p.rest(t); len(got) != 400 { // those without an answer
			t.Errorf("%v: %d limits in the rest", sig, len(got))
		}
	}
}

// A kill leaves a rest file with all that may be left.
func TestKill(t *testing.T) {
	p := newProcess(t)
	p.server.Queue(append(make([]purgetest.Answer, 5+1), slices.Repeat([]purgetest.Answer{{Delay: time.Minute}}, 4)...)...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return purges(p.server) == 5 })
	_ = p.Process.Kill()
	_ = p.Wait()
	if got := p.rest(t); !slices.Equal(got, p.limits) {
		t.Errorf("%d limits in the rest, want all", len(got))
	}
}

// nohup's SIGHUP, which is ignored from the start, stays so.
func TestNohup(t *testing.T) {
	p := newProcess(t)
	p.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh", p.Path}, p.Args[1:]...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p.Path = sh
	p.server.Queue(append(make([]purgetest.Answer, 5), purgetest.Answer{Delay: time.Second})...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return purges(p.server) > 0 })
	_ = p.Process.Signal(syscall.SIGHUP)
	if err := p.Wait(); err != nil || len(p.server.Limits(token)) != 0 {
		t.Errorf("%v, %s", err, p.stderr.String())
	}
}

// Nothing is lost with `| head -1`, with a pipe that nobody reads, for both outputs,
// and with a SIGPIPE in between.
func TestClosedPipe(t *testing.T) {
	for _, lines := range []int{0, 1} {
		for _, both := range []bool{false, true} {
			p := newProcess(t, "-json")
			p.server.Reject(p.limits[7])
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if p.Stdout = w; both {
				p.Stderr = w
			}
			p.server.Queue(append(make([]purgetest.Answer, 5), purgetest.Answer{Delay: 200 * time.Millisecond})...)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			until(t, func() bool { return purges(p.server) > 0 })
			_ = p.Process.Signal(syscall.SIGPIPE)
			if lines > 0 {
				_, _ = bufio.NewReaderSize(r, 16).ReadString('\n')
			}
			r.Close()
			_ = p.Wait()
			if got := p.rest(t); p.ProcessState.ExitCode() != exitRefused || !slices.Equal(got, p.limits[7:8]) {
				t.Errorf("%d lines, both %t: exit %d, %d limits in the rest, %s", lines, both, p.ProcessState.ExitCode(), len(got), p.stderr.String())
			}
			if !both && !strings.Contains(p.stderr.String(), "broken pipe\n") {
				t.Errorf("%d lines: stderr %s", lines, p.stderr.String())
			}
		}
	}
}

// A million rows take under 200 MB.
func TestMillionRows(t *testing.T) {
	if testing.Short() {
		return
	}
	p := newProcess(t)
	f, err := os.Create(filepath.Join(p.dir, "limits.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := bufio.NewWriter(f)
	for i := range 1_000_000 {
		fmt.Fprintf(rows, "contacts,companies,USER_DEFINED,%d\n", i+1)
	}
	if err := rows.Flush(); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	requests := &counter{what: []byte(`"method":"POST"`)}
	p.Args = append(p.Args[:1], "-n", "-json", "-plan=false", "-f", "limits.csv")
	p.Stdout = requests
	if err := p.Run(); err != nil || requests.n != 10_000 {
		t.Fatalf("%v, %d requests, %s", err, requests.n, p.stderr.String())
	}
	size := p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		size *= 1024
	}
	if t.Logf("%d MB", size/1_000_000); size > 200_000_000 {
		t.Errorf("%d bytes", size)
	}
}

// A counter counts the lines that have what.
type counter struct {
	what, line []byte
	n          int
}

func (c *counter) Write(b []byte) (int, error) {
	lines := bytes.Split(append(c.line, b...), []byte("\n"))
	for _, line := range lines[:len(lines)-1] {
		if bytes.Contains(line, c.what) {
			c.n++
		}
	}
	c.line = bytes.Clone(lines[len(lines)-1])
	return len(b), nil
}
