package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/deea8dec/hubspot-limits/client"
)

// report prints what became of the purge and returns the exit status for it.
func (p *program) report(result *client.Result, err error) int {
	status := exitStatus(err)
	outcome := [...]string{exitLifted: "lifted", exitRefused: "refused", exitUsage: "not sent", exitUnknown: "unknown"}[status]
	if p.json {
		told := struct {
			Outcome string         `json:"outcome"`
			Error   string         `json:"error,omitempty"`
			Result  *client.Result `json:"result,omitempty"`
		}{Outcome: outcome, Result: result}
		if err != nil {
			told.Error = err.Error()
		}
		text, _ := json.MarshalIndent(told, "", "  ") //nolint:errchkjson // results were JSON when they came
		fmt.Fprintf(p.stdout, "%s\n", text)
		return status
	}
	if err != nil {
		p.complain(err)
		if answer := new(client.Error); errors.As(err, &answer) && len(answer.MissingScopes()) > 0 {
			fmt.Fprintf(p.stderr, "The token needs one of the scopes %q.\n", answer.MissingScopes())
		}
	}
	fmt.Fprintln(p.stdout, outcome)
	return status
}

func exitStatus(err error) int {
	incomplete := new(client.IncompleteError)
	switch {
	case err == nil:
		return exitLifted
	case errors.Is(err, client.ErrInvalidInput):
		return exitUsage
	case errors.Is(err, client.ErrOutcomeUnknown):
		return exitUnknown
	case errors.As(err, &incomplete) && incomplete.Result.Status != client.StatusComplete:
		return exitUnknown
	}
	return exitRefused
}
