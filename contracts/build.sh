#!/bin/sh
# Rebuilds everything that is generated from the contracts, after testing them:
#
#   contracts/src/libraries/Constants.sol, contracts/test/vectors   from the Go code
#   contracts/.gas-snapshot                                         from the Forge tests
#   l1submit/artifacts, l1submit/bindings                           from the contracts
#   internal/testtoken/testdata/test_token.hex                      from contracts/test/utils/TestToken.sol
#   l1submit/internal/standin/testdata/gnark_verifier.hex           from gnark's export
#
# Needs Go, Node.js and npm; the pinned forge and solc are installed into
# contracts/node_modules from package-lock.json. Equal sources give equal
# files: CI runs this and fails when `git status` shows a change.
set -eu
cd "$(dirname "$0")"

# The installation is made again when the lock file is another. `npm ci` would be stricter, but refuses a lock that
# does not list forge's build for every platform, and two of them were not to be had where this one was made. All that
# is listed is installed at the version and with the digest that the lock states.
if ! cmp -s package-lock.json node_modules/.quire-lock; then
	rm -rf node_modules
	npm install --no-save --ignore-scripts --no-audit --no-fund
	cp package-lock.json node_modules/.quire-lock
fi
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

(cd .. && go run ./l1submit/internal/standin/gen -export contracts/out/GnarkVerifier.sol)
node tools/artifacts.js gnark out/GnarkVerifier.sol ../l1submit/internal/standin/testdata/gnark_verifier.hex
