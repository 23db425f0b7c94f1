#!/usr/bin/env node
// Takes each rule of list.js out of a copy of the contracts, one at a time, and runs the tests that are named beside
// it: each has to fail. It takes an hour on two cores.
//
//   tools/mutants/run.js [PATTERN]     in contracts/, after build.sh; only rules that match the pattern
//   tools/mutants/run.js --table       prints the rules and their tests as docs/contracts.md has them
"use strict";

const { execFileSync, spawnSync } = require("node:child_process");
const { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const mutants = require("./list.js");

const contracts = join(__dirname, "..", "..");
const forge = join(contracts, "node_modules", ".bin", "forge");
let copy; // where the contracts are changed

function prepare() {
  copy = mkdtempSync(join(tmpdir(), "quire-mutants-"));
  for (const part of ["src", "test", "tools", "foundry.toml", "out", "cache"]) {
    // What is built already need not be built again.
    if (existsSync(join(contracts, part))) cpSync(join(contracts, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(contracts, "node_modules"), join(copy, "node_modules"));
  execFileSync(forge, ["build"], { cwd: copy, stdio: "ignore" });
}

// outcome says what became of a mutant: "killed" is as it should be.
function outcome({ file, from, to, test }) {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) return "is not in its file exactly once";
  writeFileSync(path, source.replace(from, () => to));
  // What a mutant leaves unused is no error.
  const args = ["test", "--json", "--deny", "never", "--match-test", `^(${test})`];
  const run = spawnSync(forge, args, { cwd: copy, encoding: "utf8", maxBuffer: 1 << 30 });
  writeFileSync(path, source);
  let suites;
  try {
    suites = JSON.parse(run.stdout);
  } catch {
    return `does not compile: ${run.stdout}${run.stderr}`;
  }
  const results = Object.values(suites).flatMap((suite) => Object.entries(suite.test_results));
  const blind = test.split("|").filter((name) => {
    const failed = ([signature, r]) => signature.startsWith(name.replace("\\", "")) && r.status === "Failure";
    return !results.some(failed);
  });
  return blind.length === 0 ? "killed" : `survived ${blind.join(", ")}`;
}

// table is the list for people: alternatives as names, and no place.
function table() {
  console.log("| rule | where | test that breaks without it |\n|---|---|---|");
  for (const { rule, file, test } of mutants) {
    const tests = test.split("|").map((name) => "`" + name.replace("\\(", "") + "`");
    console.log(`| ${rule} | ${file.split("/").pop().replace(".sol", "")} | ${tests.join(", ")} |`);
  }
}

function run(pattern) {
  let failed = 0;
  try {
    prepare();
    for (const mutant of mutants.filter((m) => pattern.test(m.rule))) {
      const got = outcome(mutant);
      if (got !== "killed") failed += 1;
      console.log(`${mutant.rule}: ${got}`);
    }
  } finally {
    if (copy) rmSync(copy, { recursive: true, force: true });
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

if (process.argv[2] === "--table") table();
else run(new RegExp(process.argv[2] ?? ""));
