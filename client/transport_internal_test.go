package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// An HTTP/2 connection that has died without a word is given up within half a
// minute, and the next attempt has another one. The transport is a copy of the one
// that Clients share, over pipes in virtual time.
func TestDeadConnectionIsGivenUp(t *testing.T) {
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	synctest.Test(t, func(t *testing.T) {
		roots := x509.NewCertPool()
		roots.AddCert(certificate.Certificate())
		pipes := make(pipeListener)
		server := &http.Server{
			TLSConfig: &tls.Config{Certificates: certificate.TLS.Certificates, NextProtos: []string{"h2"}, Time: func() time.Time { return certificate.Certificate().NotBefore.Add(time.Hour) }},
			Handler:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		}
		go func() { _ = server.ServeTLS(pipes, "", "") }()

		var dialled []*mortal
		rt := sharedTransport.Clone()
		rt.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "example.com", NextProtos: []string{"h2", "http/1.1"}, Time: server.TLSConfig.Time}
		rt.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			pipes <- theirs
			dialled = append(dialled, &mortal{Conn: ours, dead: make(chan struct{}), closed: make(chan struct{})})
			return dialled[len(dialled)-1], nil
		}
		c, err := New(StaticToken("pat-na1-secret"), WithHTTPClient(&http.Client{Transport: rt}))
		if err != nil {
			t.Fatal(err)
		}
		if result, err := c.Purge(t.Context(), Contacts, Companies, UserDefined(1)); err != nil || result.Attempts != 1 {
			t.Fatalf("Purge = %+v, %v", result, err)
		}
		dialled[0].die()
		start := time.Now()
		result, err := c.Purge(t.Context(), Contacts, Companies, UserDefined(1))
		// Half a minute to notice, and a backoff of 2 s.
		if took := time.Since(start); err != nil || result.Attempts != 2 || len(dialled) != 2 || took > 32*time.Second {
			t.Errorf("Purge = %+v, %v after %v and over %d connections", result, err, took, len(dialled))
		}
		rt.CloseIdleConnections()
		close(pipes)
		_ = server.Close()
	})
}

// pipeListener accepts what is put into it.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l
	if !ok {
		return nil, errors.New("closed")
	}
	return conn, nil
}

func (l pipeListener) Close() error   { return nil }
func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// mortal is a connection that, once dead, takes what is written and returns nothing
// until it is closed.
type mortal struct {
	net.Conn
	dead, closed chan struct{}
	close        sync.Once
}

func (m *mortal) die() {
	close(m.dead)
	_ = m.SetReadDeadline(time.Now()) // ends the read under way
}

func (m *mortal) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	select {
	case <-m.dead:
		<-m.closed
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (m *mortal) Write(p []byte) (int, error) {
	select {
	case <-m.dead:
		return len(p), nil
	default:
		return m.Conn.Write(p)
	}
}

func (m *mortal) Close() error {
	m.close.Do(func() { close(m.closed) })
	return m.Conn.Close()
}
