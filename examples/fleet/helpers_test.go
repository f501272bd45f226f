package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// TestMain lets the test's own executable be the program: a test starts and kills
// it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("FLEET_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const appSecret = "the-secret-of-the-app"

// A world is a stand-in for HubSpot, with accounts that have installed the app, and the
// database of the fleet.
type world struct {
	t       *testing.T
	hubspot *purgetest.Server
	db      string
	dir     string
	app     purgetest.App
	beside  *store
}

func newWorld(t *testing.T, db string) *world {
	t.Helper()
	w := &world{t: t, hubspot: purgetest.NewServer(), db: db, dir: t.TempDir(),
		app: purgetest.App{ClientID: "app", ClientSecret: appSecret, Rotate: true}}
	t.Cleanup(w.hubspot.Close)
	if db == "" {
		w.db = filepath.Join(w.dir, "fleet.db")
	}
	t.Setenv("FLEET_CLIENT_ID", "app")
	t.Setenv("FLEET_CLIENT_SECRET", appSecret)
	return w
}

func someLimits(n int) (limits []client.Limit) {
	for i := range n {
		l := client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(int32(i + 1))}
		if i%2 == 1 {
			l.From, l.To = client.Deals, client.Contacts
		}
		limits = append(limits, l)
	}
	return limits
}

// firstToken is what an account has at first. The stand-in names the account by it.
func firstToken(account string) string { return "refresh-" + account }

// install makes n accounts with these limits.
func (w *world) install(n int, limits []client.Limit) (accounts []string) {
	for i := range n {
		account := fmt.Sprintf("portal-%03d", i+1)
		w.hubspot.Install(w.app, firstToken(account), limits...)
		accounts = append(accounts, account)
	}
	return accounts
}

// csv writes the two files of enqueue.
func (w *world) csv(accounts []string, limits []client.Limit) (accountsFile, limitsFile string) {
	w.t.Helper()
	var a, l strings.Builder
	a.WriteString("account,refresh token\n")
	for _, account := range accounts {
		fmt.Fprintf(&a, "%s,%s\n", account, firstToken(account))
	}
	for _, limit := range limits {
		fmt.Fprintf(&l, "%s,%s,%s,%d\n", limit.From, limit.To, limit.Type.Category, limit.Type.TypeID)
	}
	return w.file("accounts.csv", a.String()), w.file("limits.csv", l.String())
}

func (w *world) file(name, text string) string {
	w.t.Helper()
	name = filepath.Join(w.dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// enqueue queues these limits for these accounts, and returns what was printed.
func (w *world) enqueue(accounts []string, limits []client.Limit, flags ...string) string {
	w.t.Helper()
	a, l := w.csv(accounts, limits)
	return w.fleet(append(append([]string{"enqueue", "-db", w.db}, flags...), a, l)...)
}

// fleet runs a command that has to succeed.
func (w *world) fleet(args ...string) string {
	w.t.Helper()
	var out bytes.Buffer
	if err := fleet(context.Background(), args, &out); err != nil {
		w.t.Fatalf("fleet %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

func (w *world) workArgs(flags ...string) []string {
	return append([]string{"work", "-db", w.db, "-poll", "50ms", "-max-wait", "500ms",
		"-base-url", w.hubspot.URL, "-token-url", w.hubspot.TokenURL()}, flags...)
}

// work settles everything.
func (w *world) work(flags ...string) string {
	w.t.Helper()
	return w.fleet(w.workArgs(append([]string{"-wait"}, flags...)...)...)
}

// open opens the database beside the program.
func (w *world) open() *store {
	w.t.Helper()
	if w.beside != nil {
		return w.beside
	}
	s, err := open(w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	w.beside = s
	return s
}

// overview is the status, such as map["accounts done":3 "limits purged":60].
func (w *world) overview() map[string]int {
	w.t.Helper()
	o, err := w.open().overview(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	counts := map[string]int{}
	for _, c := range o.Counts {
		counts[c.What+" "+c.State] = c.N
	}
	return counts
}

func (w *world) want(want string) {
	w.t.Helper()
	if got := fmt.Sprint(w.overview()); got != want {
		w.t.Errorf("status is %s\nwant      %s", got, want)
	}
}

// value reads one value of the database.
func value[T any](w *world, query string, args ...any) (v T) {
	w.t.Helper()
	if err := w.open().QueryRowContext(context.Background(), query, args...).Scan(&v); err != nil && err != sql.ErrNoRows {
		w.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// exec changes the database.
func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.open().ExecContext(context.Background(), statement, args...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// until waits for something that comes soon.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited two minutes for %s: %v", what, w.overview())
		}
	}
}
