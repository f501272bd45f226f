package client_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

func TestAssociationTypeText(t *testing.T) {
	for text, want := range map[string]client.AssociationType{
		"USER_DEFINED:35":       client.UserDefined(35),
		"HUBSPOT_DEFINED:279":   client.HubSpotDefined(279),
		"INTEGRATOR_DEFINED:1":  client.IntegratorDefined(1),
		"WORK:2147483647":       {Category: "WORK", TypeID: 2147483647},
		"with:colon and é ☃:12": {Category: "with:colon and é ☃", TypeID: 12},
	} {
		var got client.AssociationType
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("UnmarshalText(%q) = %v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("String() = %q, want %q", got, text)
		}
	}
	for _, text := range []string{"", ":", "35", "USER_DEFINED", "USER_DEFINED:", ":35", "USER_DEFINED:0", "USER_DEFINED:-1", "USER_DEFINED:+1", "USER_DEFINED:2147483648", "USER_DEFINED: 1", "USER_DEFINED:1 ", "USER_DEFINED:1e3", "USER_DEFINED:0x1", "\xff:1"} {
		got := label
		if err := got.UnmarshalText([]byte(text)); !errors.Is(err, client.ErrInvalidInput) || got != label {
			t.Errorf("UnmarshalText(%q) = %v, %v, want ErrInvalidInput and no change", text, got, err)
		}
	}
}

func TestLimitJSON(t *testing.T) {
	limit := client.Limit{From: client.Contacts, To: "p_vendor", Type: label}
	text, err := json.Marshal(map[string]any{"limit": limit, "none": client.Limit{}})
	if want := `{"limit":{"from":"0-1","to":"p_vendor","type":"USER_DEFINED:35"},"none":{"from":"","to":"","type":":0"}}`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v, want %s", text, err, want)
	}
	var back struct{ Limit client.Limit }
	if err := json.Unmarshal(text, &back); err != nil || back.Limit != limit {
		t.Errorf("read back %v, %v", back.Limit, err)
	}
	if got, want := limit.String(), "0-1 to p_vendor USER_DEFINED:35"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}
