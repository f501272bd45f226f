package client_test

import (
	"net"
	"slices"
	"strings"
	"syscall"
)

// A meaning is what an answer says of the inputs of its request.
type meaning int

const (
	saysDone   meaning = iota // all are purged. If an input is bad, it is another answer
	saysBad                   // an input is bad, and nothing was done. If none is, it is another answer
	saysPartly                // the inputs that are not bad are purged
	saysNothing
	saysRefused // nothing was done, whatever the inputs are
)

// An answerKind is one way in which a request ends.
type answerKind struct {
	name       string
	meaning    meaning
	lifts      bool // the inputs that are not bad
	readable   bool // it has an error to read
	status     int
	body       string
	clean      string // the body if no input is bad; "" stands for a 204
	cut        bool
	retryAfter string
	err        error
}

// with returns the form of a partial answer for a number of bad inputs.
func (a answerKind) with(bad int) answerKind {
	switch {
	case bad > 0:
	case a.clean == "":
		return noContent
	default:
		a.body = a.clean
		a.readable = false
		if !strings.Contains(a.clean, "umErrors") {
			a.meaning = saysDone
		}
	}
	return a
}

const oneError = `{"status":"error","category":"VALIDATION_ERROR","message":"bad","context":{},"links":{},"errors":[]}`

var (
	oddDate            = strings.Replace(complete, "2026-11-02T09:30:00.120Z", "today", 1)
	noContent          = answerKind{name: "204", lifts: true, status: 204}
	invalidInput       = answerKind{name: "rejected", meaning: saysBad, status: 400, body: `{"category":"VALIDATION_ERROR","message":"bad"}`}
	completeWithErrors = answerKind{name: "errors", meaning: saysPartly, lifts: true, readable: true, status: 200, body: complete + `,"numErrors":1,"errors":[` + oneError + `]}`}
)

var answerKinds = slices.Concat([]answerKind{
	{name: "200", lifts: true, status: 200, body: complete + "}"},
	{name: "201", lifts: true, status: 201, body: complete + `,"numErrors":0,"errors":[]}`},
	noContent, invalidInput, completeWithErrors,
	{name: "number only", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"numErrors":1}`},
	{name: "unreadable number and an error", meaning: saysPartly, lifts: true, readable: true, status: 200, body: complete + `,"numErrors":"2","errors":[` + oneError + `]}`, clean: complete + `,"numErrors":"0"}`},
	{name: "unreadable number", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"numErrors":3000000000}`, clean: complete + `,"numErrors":[0]}`},
	{name: "unreadable error", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"errors":["bad"]}`},
	{name: "Errors", meaning: saysPartly, lifts: true, readable: true, status: 200, body: oddDate + `,"Errors":[` + oneError + `]}`, clean: oddDate + "}"},
	{name: "NumErrors", meaning: saysPartly, lifts: true, status: 200, body: oddDate + `,"NumErrors":1}`},
	{name: "408", meaning: saysRefused, status: 408},
	{name: "423", meaning: saysRefused, status: 423},
	{name: "429", meaning: saysRefused, status: 429},
	{name: "477", meaning: saysRefused, status: 477, retryAfter: "5"},
	{name: "477, an hour", meaning: saysRefused, status: 477, retryAfter: "3600"},
	{name: "daily", meaning: saysRefused, status: 429, body: `{"policyName":"DAILY"}`},
	{name: "401", meaning: saysRefused, status: 401},
	{name: "403", meaning: saysRefused, status: 403},
	{name: "404", meaning: saysRefused, status: 404},
	{name: "bare 400", meaning: saysRefused, status: 400, body: `{"message":"Unable to infer object type"}`},
}, beforeAndAfter(
	answerKind{name: "CANCELED", status: 200, body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + `,"numErrors":1,"errors":[` + oneError + `]}`},
	answerKind{name: "PROCESSING", status: 200, body: strings.Replace(complete, "COMPLETE", "PROCESSING", 1) + "}"},
	answerKind{name: "202", status: 202},
	answerKind{name: "reset", err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}},
	answerKind{name: "502", status: 502, body: "<html>"},
	answerKind{name: "HTML", status: 200, body: "<html>"},
	answerKind{name: "cut body", status: 200, body: complete, cut: true},
	answerKind{name: "no body, cut", status: 200, cut: true},
	answerKind{name: "101", status: 101},
), beforeAndAfter(answerKind{name: "status 0", status: 0}, answerKind{name: "999", status: 999})[1:])

// beforeAndAfter returns kinds that say nothing, each without and with its effect.
func beforeAndAfter(kinds ...answerKind) []answerKind {
	var both []answerKind
	for _, a := range kinds {
		a.meaning = saysNothing
		both = append(both, a)
		a.name, a.lifts = a.name+" after the effect", true
		both = append(both, a)
	}
	return both
}
