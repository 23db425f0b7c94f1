#!/usr/bin/env node
// Takes each rule of list.json out of a copy of the contracts, one at a time, and runs the tests that are named beside
// it: each has to fail. It takes an hour on two cores.
//
// A rule is taken away where `from`, which stands in `file` exactly once, becomes `to`. internal/archtest holds the
// list to the sources, the tests and the table in docs/contracts.md, at every run of the Go tests.
//
//   tools/mutants/run.js [PATTERN]     in contracts/, after build.sh; only rules that match the pattern
//   tools/mutants/run.js --table       prints the rules and their tests as docs/contracts.md has them
"use strict";

const { execFileSync, spawnSync } = require("node:child_process");
const { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const mutants = require("./list.json");

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
function outcome({ file, from, to, tests }) {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) return "is not in its file exactly once";
  writeFileSync(path, source.replace(from, () => to));
  // What a mutant leaves unused is no error.
  const args = ["test", "--json", "--deny", "never", "--match-test", `^(${tests.join("|")})\\(`];
  const run = spawnSync(forge, args, { cwd: copy, encoding: "utf8", maxBuffer: 1 << 30 });
  writeFileSync(path, source);
  let suites;
  try {
    suites = JSON.parse(run.stdout);
  } catch {
    return `does not compile: ${run.stdout}${run.stderr}`;
  }
  const results = Object.values(suites).flatMap((suite) => Object.entries(suite.test_results));
  const blind = tests.filter((name) => {
    const failed = ([signature, r]) => signature.startsWith(`${name}(`) && r.status === "Failure";
    return !results.some(failed);
  });
  return blind.length === 0 ? "killed" : `survived ${blind.join(", ")}`;
}

// table is the list for people.
function table() {
  console.log("| rule | where | test that breaks without it |\n|---|---|---|");
  for (const { rule, file, tests } of mutants) {
    const names = tests.map((name) => "`" + name + "`");
    console.log(`| ${rule} | ${file.split("/").pop().replace(".sol", "")} | ${names.join(", ")} |`);
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
