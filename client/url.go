package client

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// checkURL refuses an address that credentials must not be sent to. Its errors
// don't quote the address, which may hold a password or a key.
func checkURL(name, s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New(name + " is not an absolute URL")
	case u.User != nil:
		return errors.New(name + " has user info")
	case strings.ContainsAny(s, "?#"):
		return errors.New(name + " has a query or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New(name + " is neither https nor http to a loopback host")
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// withSlash makes a relative path resolve below base, not beside it.
func withSlash(base string) string { return strings.TrimSuffix(base, "/") + "/" }
