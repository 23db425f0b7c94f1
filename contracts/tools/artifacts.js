#!/usr/bin/env node
// Turns forge's output into the artifacts that package l1submit embeds.
//
//   artifacts.js contracts OUT DIR    OUT/*.sol/*.json to DIR/<contract>.json, and OUT/<contract>.abi for abigen
//   artifacts.js code ARTIFACT FILE   writes the creation code in one of forge's artifacts as hex
//   artifacts.js gnark SOURCE FILE    compiles gnark's exported verifier, and writes its creation code as hex
//
// The artifacts hold what is used and nothing that depends on paths or time.
"use strict";

const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const solc = require("solc");

// Most bytes of code that a contract can be deployed with.
const CODE_LIMIT = 24576;

function forgeArtifact(out, file, contract) {
  return JSON.parse(readFileSync(join(out, `${file}.sol`, `${contract}.json`), "utf8"));
}

function writeContracts(out, dir) {
  const runtime = forgeArtifact(out, "Groth16VerifierRuntime", "Groth16VerifierRuntime");
  for (const contract of ["Groth16Verifier", "Rollup"]) {
    const { abi, bytecode, deployedBytecode } = forgeArtifact(out, contract, contract);
    const size = (deployedBytecode.object.length - 2) / 2;
    if (size > CODE_LIMIT) throw new Error(`${contract} has ${size} bytes of code, above ${CODE_LIMIT} (EIP-170)`);
    const artifact = { contract, abi, bytecode: bytecode.object };
    if (contract === "Groth16Verifier") {
      // What stands before the key at a verifier's address.
      artifact.deployedBytecode = runtime.deployedBytecode.object;
    }
    writeFileSync(join(dir, `${contract}.json`), JSON.stringify(artifact, null, 1) + "\n");
    writeFileSync(join(out, `${contract}.abi`), JSON.stringify(abi));
  }
}

function writeCode(artifact, file) {
  const { bytecode } = JSON.parse(readFileSync(artifact, "utf8"));
  writeFileSync(file, bytecode.object.replace(/^0x/, "") + "\n");
}

function compileGnark(source, file) {
  const input = {
    language: "Solidity",
    sources: { "Verifier.sol": { content: readFileSync(source, "utf8") } },
    settings: {
      optimizer: { enabled: true, runs: 1000000 },
      viaIR: true,
      evmVersion: "osaka",
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { Verifier: ["evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const failed = (output.errors ?? []).filter((e) => e.severity === "error");
  if (failed.length > 0) throw new Error(failed.map((e) => e.formattedMessage).join("\n"));
  writeFileSync(file, output.contracts["Verifier.sol"].Verifier.evm.bytecode.object + "\n");
}

const [command, from, to] = process.argv.slice(2);
if (command === "contracts" && to) {
  writeContracts(from, to);
} else if (command === "code" && to) {
  writeCode(from, to);
} else if (command === "gnark" && to) {
  compileGnark(from, to);
} else {
  process.stderr.write("usage: artifacts.js contracts OUT DIR | artifacts.js code ARTIFACT FILE | artifacts.js gnark SOURCE FILE\n");
  process.exit(2);
}
