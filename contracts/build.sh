#!/bin/sh
# Rebuilds everything that is generated from the contracts, after testing them:
#
#   contracts/src/libraries/Constants.sol, contracts/test/vectors   from the Go code
#   contracts/.gas-snapshot                                         from the Forge tests
#   l1submit/artifacts, l1submit/bindings                           from the contracts
#   internal/testtoken/testdata/test_token.hex                      from contracts/test/utils/TestToken.sol
#   internal/standin/testdata/gnark_verifier.hex           from gnark's export
#
# Needs Go, Node.js and npm; install.sh installs the pinned forge and solc.
# Equal sources give equal files: CI runs this and fails when `git status`
# shows a change.
set -eu
cd "$(dirname "$0")"

./install.sh
forge=node_modules/.bin/forge

go run ./tools/constants
"$forge" fmt --check
# From nothing, so that no file of an earlier build takes another's name in out/.
"$forge" clean
"$forge" build
"$forge" test
# Fuzz and invariant tests are left out: what they cost depends on the inputs that were tried.
"$forge" snapshot --no-match-test 'testFuzz|invariant' >/dev/null

mkdir -p ../l1submit/artifacts ../l1submit/bindings
node tools/artifacts.js contracts out ../l1submit/artifacts
for contract in Groth16Verifier Rollup; do
	file=$(printf '%s' "$contract" | tr '[:upper:]' '[:lower:]')
	go run github.com/ethereum/go-ethereum/cmd/abigen --v2 --abi "out/$contract.abi" \
		--pkg bindings --type "$contract" --out "../l1submit/bindings/$file.go"
	chmod 644 "../l1submit/bindings/$file.go" # abigen writes it for its owner only
done
node tools/artifacts.js code out/TestToken.sol/TestToken.json ../internal/testtoken/testdata/test_token.hex

(cd .. && go run ./contracts/tools/standin -export contracts/out/GnarkVerifier.sol)
node tools/artifacts.js gnark out/GnarkVerifier.sol ../internal/standin/testdata/gnark_verifier.hex
