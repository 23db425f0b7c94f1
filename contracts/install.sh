#!/bin/sh
# Installs what is pinned in package-lock.json into contracts/node_modules: forge and solc, which build and test the
# contracts; anvil, on which the Go tests play layer 1 besides the embedded geth; OpenZeppelin's contracts. Needs
# Node.js and npm. What the lock file says is there already is not installed again.
#
# The lock file names forge's and anvil's build for every platform, each with its digest; npm takes the one it needs.
# Scripts of packages are not run: forge's and anvil's would only fetch such a build where npm did not.
set -eu
cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.quire-lock; then
	npm ci --ignore-scripts --no-audit --no-fund
	cp package-lock.json node_modules/.quire-lock
fi
