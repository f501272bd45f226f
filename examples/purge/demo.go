package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// runDemo purges two of a stand-in's five limits, over loopback, and fails unless
// those two are gone and the other three are still set.
func (p *program) runDemo(ctx context.Context) error {
	const token = "pat-demo"
	before := []client.Limit{
		{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)},
		{From: client.Contacts, To: client.Companies, Type: client.HubSpotDefined(279)},
		{From: client.Companies, To: client.Contacts, Type: client.HubSpotDefined(280)},
		{From: client.Contacts, To: client.Deals, Type: client.HubSpotDefined(4)},
		{From: client.Deals, To: "p_vendor", Type: client.UserDefined(12)},
	}
	purged, kept := before[:2], before[2:]

	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits(token, before...)
	c, err := client.New(client.StaticToken(token), client.WithBaseURL(s.URL))
	if err != nil {
		return err
	}
	result, err := c.Purge(ctx, client.Contacts, client.Companies, purged[0].Type, purged[1].Type)
	if err != nil {
		return err
	}
	after := s.Limits(token)

	sent := s.Requests()[0]
	fmt.Fprintf(p.stdout, "sent    %s %s\n        %s\nanswer  %d %s\n\n", sent.Method, sent.Path, sent.Body, result.StatusCode, result.Status)
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LIMIT\tBEFORE\tSENT\tANSWER\tAFTER")
	for _, limit := range before {
		was, answer := "-", ""
		if slices.Contains(purged, limit) {
			was, answer = "purge", string(result.Status)
		}
		is := "gone"
		if slices.Contains(after, limit) {
			is = "set"
		}
		fmt.Fprintf(table, "%s\tset\t%s\t%s\t%s\n", limit, was, answer, is)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !slices.Equal(after, kept) {
		return errors.New("the limits left are not the ones expected")
	}
	return errors.Join(s.Violations()...)
}
