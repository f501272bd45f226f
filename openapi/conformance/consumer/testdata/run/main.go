// Run has a program that lifts two limits do so in a stand-in for HubSpot.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func main() {
	s := purgetest.NewServer()
	defer s.Close()
	back := client.Limit{From: client.Companies, To: client.Contacts, Type: client.UserDefined(35)}
	s.SetLimits("pat-consumer",
		client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)},
		client.Limit{From: client.Contacts, To: client.Companies, Type: client.HubSpotDefined(279)},
		back,
	)
	cmd := exec.Command(os.Args[1])
	cmd.Env = append(os.Environ(), "HUBSPOT_ACCESS_TOKEN=pat-consumer", "BASE_URL="+s.URL)
	if out, err := cmd.CombinedOutput(); err != nil {
		log.Fatalf("%v: %s", err, out)
	}
	left := s.Limits("pat-consumer")
	if len(left) != 1 || left[0] != back || len(s.Violations()) > 0 {
		log.Fatalf("left %v, violations %v", left, s.Violations())
	}
	cmd.Env[len(cmd.Env)-2] = "HUBSPOT_ACCESS_TOKEN=another"
	cmd = &exec.Cmd{Path: cmd.Path, Args: cmd.Args, Env: cmd.Env}
	if out, err := cmd.CombinedOutput(); err == nil {
		log.Fatalf("a token without an account is no error: %s", out)
	}
	fmt.Println("the program of the README lifts its two limits and leaves the third")
}
