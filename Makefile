# Two commands set everything up: make demo, make test. They need Go, git and make.

GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.1.4

.PHONY: demo test test-long build bench tools contracts golden check lint vuln

## demo: prove a batch of transfers and have an EVM accept it, all in one process
demo: build
	./bin/quire demo

## build: the quire binary, in bin/
build:
	$(GO) build -o bin/quire ./cmd/quire

## test: all fast tests; no network once the modules are there. Says at the end
## on which layer-1 chains they ran: anvil is one of them once make tools was run.
## make lint vets; debugging data for fifty test binaries take minutes to link
test:
	$(GO) test -timeout 20m -vet=off -ldflags=-w ./...
	@$(GO) test -vet=off -ldflags=-w -v -run '^TestGenesis$$' ./l1submit/devnet | sed -n 's/^.*: \(not run \)*on /layer 1: \1on /p'

## test-long: fuzzing, kill tests and mutation sweeps at length
test-long:
	$(GO) test -timeout 120m -tags long ./...

## bench: the benchmarks behind the figures in docs/
bench:
	$(GO) test -run "^$$" -bench . -benchtime 1x ./statetree ./protocol/... ./prover
	$(GO) test -run "^$$" -bench "Prove/t512$$" -benchtime 1x -timeout 60m ./internal/bench

## tools: anvil for the tests, forge and solc for the contracts, from npm
tools:
	./contracts/install.sh

## contracts: rebuild artifacts and bindings with forge and solc from npm
contracts:
	./contracts/build.sh

## golden: rewrite the golden files; read the difference like code
golden:
	$(GO) test ./circuits/exit -run ConstraintCounts -update
	$(GO) test ./internal/bench -run PinnedShapes -update
	$(GO) test ./prover -run ExitDigest -update

## check: what CI checks besides the tests
check: lint vuln

lint:
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

# The vulnerability database is not on every network: its absence is said, not hidden.
vuln:
	GOBIN=$(CURDIR)/bin $(GO) install $(GOVULNCHECK)
	@./bin/govulncheck ./... || { status=$$?; \
	  if [ $$status -eq 3 ]; then exit 3; fi; \
	  echo "govulncheck did not run (exit $$status): its database could not be had"; }
