// Batches: the list, and one.

import { h } from "../dom.js";
import { grouped, plural, size } from "../format.js";
import * as api from "../api.js";
import {
  accountLink, action, batchLink, body, command, facts, hash, heading, link, money, note, ownerLink, pages, rail, save, sheet, stage, stages, table, tag, token, when, whenFull,
} from "../ui.js";
import { transferTable } from "./transfers.js";

const whole = (n) => (n ? grouped(n) : "–");
const perTransfer = (b) => (b.layer1?.gasUsed && b.transfers ? grouped(Math.round(b.layer1.gasUsed / b.transfers)) : "–");

export function batchTable(list) {
  return table(
    "Batches",
    [
      { label: "Batch", cell: (b) => batchLink(b.number) },
      { label: "Stage", cell: (b) => stage(b.stage) },
      { label: "Opened", cell: (b) => when(b.times.opened) },
      { label: "Transfers", num: true, cell: (b) => grouped(b.transfers) },
      { label: "Layer-1 operations", num: true, minor: true, cell: (b) => grouped(b.deposits + b.forcedExits) },
      { label: "Exits", num: true, minor: true, cell: (b) => grouped(b.exits) },
      { label: "Gas", num: true, cell: (b) => whole(b.layer1?.gasUsed) },
      { label: "Gas per transfer", num: true, cell: perTransfer },
    ],
    list,
    (b) => b.number,
  );
}

export function batches(_, query) {
  const before = number(query.get("before"));
  return {
    title: "Batches",
    topics: before ? ["pulse"] : ["batches", "pulse"],
    load: (signal) => api.batches(before ? { before } : {}, signal),
    view: (page) => [
      heading("Batches", before ? h("small", null, `below ${before}`) : null),
      sheet("Batches, the newest first", null, page.batches.length ? batchTable(page.batches) : note("There are none."), pages("batches", before, page.next)),
    ],
  };
}

export function batch([text], query) {
  const n = number(text);
  const before = number(query.get("before"));
  return {
    title: `Batch ${n}`,
    topics: ["batches", "pulse"],
    load: async (signal) => {
      const [b, page] = await Promise.all([api.batch(n, signal), api.transfers(before ? { batch: n, before } : { batch: n }, signal)]);
      return { b, page, moves: b.stage !== "finalized" };
    },
    view: ({ b, page }) => [
      heading(`Batch ${b.number}`, stageTag(b), steps(b)),
      sheet("Progress", null, rail(stages.map((name) => [name, b.times[name === "open" ? "opened" : name]]), stages.indexOf(b.stage))),
      summary(b),
      proof(b),
      sheet(
        "Transfers",
        plural(b.transfers, "transfer"),
        page.transfers.length ? transferTable(page.transfers, { batch: true }) : note(b.transfers ? "None older." : "The batch has none."),
        pages(`batch/${b.number}`, before, page.next),
      ),
      credited(b),
      forced(b),
      opened(b),
      fees(b),
    ],
  };
}

const number = (text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : 0);

const stageTag = (b) => h("small", null, tag(b.stage, b.stage === "finalized" ? "good" : undefined));

function steps(b) {
  return h("small", null, b.number > 1 && link(`batch/${b.number - 1}`, "‹ previous"), b.number > 1 && b.stage !== "open" && " · ", b.stage !== "open" && link(`batch/${b.number + 1}`, "next ›"));
}

function summary(b) {
  const circuit = api.config.circuits.find((c) => c.index === b.circuit);
  return sheet(
    "Summary",
    null,
    facts([
      b.problem && ["Problem", tag(`attempt ${b.attempt} failed`, "bad"), " ", h("bdi", null, b.problem)],
      ["Opened", whenFull(b.times.opened)],
      ["Contents", [plural(b.transfers, "transfer"), plural(b.deposits, "deposit"), plural(b.forcedExits, "forced exit"), plural(b.openings, "opening"), plural(b.exits, "payment to layer 1", "payments to layer 1")].join(" · ")],
      b.shape && ["Circuit", b.shape, circuit ? h("span", { class: "soft" }, ` · number ${b.circuit} on layer 1, takes up to ${plural(circuit.transfers, "transfer")}`) : ""],
      circuit && ["Verifier", hash(circuit.verifier)],
      b.oldCommitment && ["Commitment before", hash(b.oldCommitment)],
      b.commitment && ["Commitment after", hash(b.commitment)],
      b.root && ["Root of the state tree", hash(b.root)],
      b.published && ["Published data", size(b.published), b.transfers ? h("span", { class: "soft" }, ` · ${(b.published / b.transfers).toFixed(1)} bytes per transfer`) : ""],
      b.layer1 && ["Layer-1 transaction", hash(b.layer1.tx)],
      b.layer1 && ["Layer-1 block", grouped(b.layer1.block)],
      b.layer1?.gasUsed && ["Gas used", grouped(b.layer1.gasUsed), b.transfers ? h("span", { class: "soft" }, ` · ${perTransfer(b)} per transfer`) : ""],
      b.attempt > 1 && !b.problem && ["Attempts", grouped(b.attempt)],
    ]),
  );
}

function proof(b) {
  const file = `batch-${b.number}-proof.json`;
  if (stages.indexOf(b.stage) < stages.indexOf("proven")) {
    return sheet("Proof", null, note("The batch is not proven yet. Its proof can be taken from here once it is."));
  }
  return sheet(
    "Proof",
    null,
    body(
      h("p", null, "The proof says that the state after this batch follows from the state before it, by the batch's published data. Take it, and check it on your own machine:"),
      h(
        "div",
        { class: "actions" },
        action("Download the proof", "Asking the node…", async () => save(file, JSON.stringify((await api.batchProof(b.number)).proof, null, 2) + "\n")),
      ),
      command(`quire verify --proof ${file}`),
      b.statement &&
        h(
          "details",
          null,
          h("summary", null, "Its public inputs"),
          h("pre", null, ["d", "z", "y"].map((name) => `${name}  ${b.statement[name]}`).join("\n")),
        ),
    ),
  );
}

function credited(b) {
  return (
    b.credited.length > 0 &&
    sheet(
      "Deposits",
      plural(b.credited.length, "deposit"),
      table(
        "Deposits",
        [
          { label: "Account", cell: (d) => [accountLink(d.index), d.opened && [" ", tag("opened")]] },
          { label: "Owner", cell: (d) => ownerLink(d.owner) },
          { label: "Amount", num: true, cell: (d) => money(d.amount, d.token) },
        ],
        b.credited,
        (d) => `${d.index} ${d.token} ${d.amount}`,
      ),
    )
  );
}

function forced(b) {
  return (
    b.forced.length > 0 &&
    sheet(
      "Forced exits",
      plural(b.forced.length, "request"),
      table(
        "Forced exits",
        [
          { label: "Account", cell: (f) => accountLink(f.index) },
          { label: "Asked for by", cell: (f) => ownerLink(f.sender) },
        ],
        b.forced,
        (f) => `${f.index} ${f.sender}`,
      ),
    )
  );
}

function opened(b) {
  return (
    b.opened.length > 0 &&
    sheet(
      "Openings",
      plural(b.opened.length, "account"),
      table(
        "Openings",
        [
          { label: "Account", cell: (o) => accountLink(o.index) },
          { label: "Owner", cell: (o) => ownerLink(o.owner) },
          { label: "Token", cell: (o) => token(o.token) },
        ],
        b.opened,
        (o) => o.index,
      ),
    )
  );
}

function fees(b) {
  return (
    b.feeAccounts.length > 0 &&
    sheet(
      "Fees",
      "who collects them",
      table(
        "Fee accounts",
        [
          { label: "Token", cell: (f) => token(f.token) },
          { label: "Account", cell: (f) => accountLink(f.index) },
        ],
        b.feeAccounts,
        (f) => f.token,
      ),
    )
  );
}
