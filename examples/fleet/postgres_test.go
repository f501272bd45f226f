package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A postgres is a PostgreSQL server: the one that FLEET_POSTGRES names, or one of
// Debian's package that the test starts for itself.
type postgres struct {
	address string
	bin     string // of a server of the test's own
	data    string
	port    int
}

// newPostgres skips the test if there is no server.
func newPostgres(t *testing.T) *postgres {
	t.Helper()
	if address := os.Getenv("FLEET_POSTGRES"); address != "" {
		return &postgres{address: address}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		fmt.Println("fleet: left out the half on PostgreSQL: no FLEET_POSTGRES, no Debian package postgresql")
		t.SkipNow()
	}
	dir, err := os.MkdirTemp("", "fleet") // beside t.TempDir, which another user can't enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &postgres{bin: filepath.Dir(found[len(found)-1]), data: filepath.Join(dir, "data"), port: freePort(t)}
	p.address = fmt.Sprintf("postgres://fleet@127.0.0.1:%d/postgres?sslmode=disable", p.port)
	if id, ok := unprivileged(t); ok {
		if err := os.Chown(dir, int(id.Uid), int(id.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "initdb", "-D", p.data, "-U", "fleet", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8")
	p.start(t)
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *postgres) start(t *testing.T) {
	t.Helper()
	p.run(t, "pg_ctl", "-D", p.data, "-w", "-l", p.data+".log", "-o",
		fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1", p.port, filepath.Dir(p.data)), "start")
}

// stop ends the server at once, as a crash does.
func (p *postgres) stop(t *testing.T) {
	t.Helper()
	p.run(t, "pg_ctl", "-D", p.data, "-w", "-m", "immediate", "stop")
}

func (p *postgres) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = filepath.Dir(p.data)
	if id, ok := unprivileged(t); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: id}
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "out")) // a pipe would stay open with the server
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
}

// unprivileged is the user that root has to run PostgreSQL as.
func unprivileged(t *testing.T) (*syscall.Credential, bool) {
	t.Helper()
	if os.Getuid() != 0 {
		return nil, false
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, true
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// database makes a new database and returns its address.
func (p *postgres) database(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("fleet_%d", time.Now().UnixNano())
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if db, err := sql.Open("pgx", p.address); err == nil {
			defer db.Close()
			if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
				t.Log(err)
			}
		}
	})
	u, err := url.Parse(p.address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
