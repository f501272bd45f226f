# Each target runs on its own, from a fresh clone, with Go, git and make.

SHELL = bash
.SHELLFLAGS = -o pipefail -c

GOLANGCI_LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help demo test check generate check-generate lint tidy check-tidy race contract fuzz soak bench api check-api check-links conformance spec-diff check-spec-diff drill consumer vulnerabilities fleet-demo fleet-check

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## purge a stand-in HubSpot and show which limits are gone
	@go run ./examples/purge -demo

test: ## run all tests
	go test -shuffle=on ./...

check: check-generate check-tidy check-api check-links lint race contract soak conformance check-spec-diff drill consumer fleet-check ## everything that is asked of a change

generate: ## make gen/ anew from openapi/purge.yaml
	go generate ./...

check-generate: ## fail if gen/ is not what the document yields
	@.ci/unchanged gen go generate ./...

tidy: ## tidy and format
	go mod tidy
	gofmt -w .

check-tidy: ## fail if go.mod or the formatting is not tidy
	go mod tidy -diff
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "not formatted: run 'make tidy'"; exit 1; }

lint: ## vet, and the linters of .golangci.yml
	go vet -tags conformance,soak,figures ./...
	$(GOLANGCI_LINT) run ./...

race: ## run all tests with the race detector
	go test -race -shuffle=on ./...

contract: ## hold document and client against each other
	go test -count=1 ./openapi/...

FUZZ_TIME = 30s

fuzz: ## run each fuzz target for FUZZ_TIME, 30s by default
	@for package in ./client ./client/internal/lenient; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p' $$package/*_test.go); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 1s $$package || exit 1; done; done

soak: ## purge 50,000 limits under faults, and compare the outcomes with what is set
	go test -tags soak -run Soak -count=1 -v ./client | grep -E '^(soak|---|ok|FAIL)'

bench: ## print processor time as ratios, and PurgeLimits in virtual time
	go test -tags figures -run Figures -count=1 -v ./client | grep -E '^(figures|---|ok|FAIL)'

api: ## record the exported surface of package client
	go doc -all ./client > client/testdata/api.txt

check-api: ## fail if the exported surface is not the recorded one
	@go doc -all ./client | diff client/testdata/api.txt - || { echo "the exported surface changed: if that is meant, run 'make api'"; exit 1; }

conformance: ## have Redocly and Prism judge the document and the client (needs Node)
	@openapi/conformance/run

spec-diff: ## compare both operations with HubSpot's specification: UPSTREAM=file-or-URL
	@go run ./openapi/conformance/specdiff "$(UPSTREAM)"

check-spec-diff: ## fail if spec-diff misses a change, by stand-ins for HubSpot's specification
	@go test -count=1 -tags conformance ./openapi/conformance/specdiff
	@echo "spec-diff: passes on a stand-in for HubSpot's document of August 2026, and bites on that of June and on other changes"

drill: ## change the document as HubSpot might, and see each change pass or stop where a person decides
	@openapi/conformance/drill

consumer: ## use the library from a module outside, with the oldest Go allowed and the newest
	@openapi/conformance/consumer/check

check-links: ## fail if a program that imports client links more than it may
	@.ci/links

vulnerabilities: ## look the dependencies up in Go's vulnerability database
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...
	cd examples/fleet && go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

fleet-demo: ## work through 20 accounts of a stand-in HubSpot, and show the status
	@cd examples/fleet && go test -count=1 -run '^TestDemo$$'

fleet-check: ## test examples/fleet, and kill its workers
	@.ci/postgresql
	cd examples/fleet && go mod tidy -diff && go vet -tags soak ./... && $(GOLANGCI_LINT) run ./...
	cd examples/fleet && go test -race -shuffle=on -timeout 5m ./...
	cd examples/fleet && go test -tags soak -run Kill -count=1 -timeout 15m -v . | grep -E '^(kill test|fleet|---|ok|FAIL| )'
