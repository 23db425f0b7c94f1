// The overview: where the node stands, and the newest batches and transfers.

import { h } from "../dom.js";
import { grouped, rate } from "../format.js";
import * as api from "../api.js";
import { bar, batchLink, body, figures, heading, link, note, sheet, when } from "../ui.js";
import { throughput } from "../pulse.js";
import { batchTable } from "./batches.js";
import { transferTable } from "./transfers.js";

export function overview() {
  return {
    title: "Overview",
    topics: ["batches", "transfers", "pulse"],
    always: true, // throughput changes when nothing else does
    async load(signal) {
      const [sync, batches, transfers] = await Promise.all([
        api.syncStatus(signal),
        api.batches({ limit: 8 }, signal),
        api.transfers({ limit: 10 }, signal),
      ]);
      return { sync, batches: batches.batches, transfers: transfers.transfers };
    },
    view: ({ sync, batches, transfers }) => [
      heading("Overview"),
      numbers(sync),
      h("div", { class: "pair" }, openBatch(batches.find((b) => b.number === sync.batch)), pipeline(sync)),
      sheet("Newest batches", link("batches", "All batches"), batches.length ? batchTable(batches) : note("There is no batch yet.")),
      sheet(
        "Newest transfers",
        link("transfers", "All transfers"),
        transfers.length ? transferTable(transfers) : note("No transfer was executed yet."),
      ),
    ],
  };
}

function numbers(sync) {
  const { now, minute } = throughput();
  return figures([
    ["Transfers executed", grouped(sync.seq), sync.waiting ? `${grouped(sync.waiting)} waiting` : "none waiting"],
    ["Transfers per second", now === null ? "–" : rate(now), minute === null ? "measuring" : `${rate(minute)} over the last minute`],
    ["Open batch", batchLink(sync.batch), `newest sealed: ${sync.sealed}`],
    ["Final on layer 1", sync.finalized ? batchLink(sync.finalized) : "none", sync.committed > sync.finalized ? `accepted: ${sync.committed}` : "newest batch"],
    ["Layer-1 block", grouped(sync.layer1Head), `final up to ${grouped(sync.layer1Block)}`],
  ]);
}

function openBatch(batch) {
  const largest = api.config.circuits.at(-1);
  if (!batch || !largest) return sheet("Open batch", null, note("There is no open batch."));
  return sheet(
    "Open batch",
    ["opened ", when(batch.times.opened)],
    body(
      h(
        "dl",
        { class: "fill" },
        bar("Transfers", batch.transfers, largest.transfers),
        bar("Layer-1 operations", batch.deposits + batch.forcedExits, largest.layerOne),
        bar("Openings", batch.openings, largest.openings),
        bar("Exits", batch.exits, largest.exits),
      ),
    ),
  );
}

// pipeline counts the batches between two stages.
function pipeline(sync) {
  const closed = Math.max(0, sync.batch - 1);
  const { points } = throughput();
  return sheet(
    "Under way",
    "closed batches that are not final",
    body(
      h(
        "dl",
        { class: "fill counts" },
        waiting("Waiting for a proof", closed - sync.proven),
        waiting("On the way to layer 1", sync.proven - sync.committed),
        waiting("Waiting for finality", sync.committed - sync.finalized),
        h("dt", null, "Layer 1 taken in up to"),
        h("dd", { class: "num" }, when(sync.layer1Time)),
      ),
    ),
    points.length > 2 && [h("p", { class: "soft caption" }, "Transfers per second, the last two minutes"), spark(points)],
  );
}

// waiting counts batches, with a sheet of paper for each.
function waiting(label, count) {
  const n = Math.max(0, count);
  return [
    h("dt", null, label),
    h("dd", { class: "num" }, grouped(n)),
    h("dd", { class: "bar-cell", "aria-hidden": "true" }, h("span", { class: "pips" }, Array.from({ length: Math.min(n, 20) }, () => h("i", { class: "on" })))),
  ];
}

// spark draws transfers per second, the newest at the right.
function spark(points) {
  const highest = Math.max(...points, 1e-9);
  const at = points.map((y, i) => `${((100 * i) / (points.length - 1)).toFixed(2)},${(30 - (28 * y) / highest).toFixed(2)}`);
  return h(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img", "aria-label": `Transfers per second, at most ${rate(highest)}` },
    h("polygon", { points: `0,30 ${at.join(" ")} 100,30` }),
    h("polyline", { points: at.join(" ") }),
  );
}
