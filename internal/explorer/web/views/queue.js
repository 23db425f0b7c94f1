// The queue: what no final batch has yet.

import { h } from "../dom.js";
import { ago, grouped, instant, plural, span } from "../format.js";
import * as api from "../api.js";
import { accountLink, batchLink, body, command, hash, heading, money, note, ownerLink, sheet, table, tag, token, when } from "../ui.js";

// deadline says until when an entry has to be taken.
export function deadline(time, allowed) {
  if (!allowed) return "–";
  const due = time + allowed;
  const left = due - Date.now();
  if (left < 0) return h("span", { title: instant(due) }, tag("overdue", "bad"), ` ${ago(due)}`);
  return h("span", { title: instant(due) }, left < allowed / 4 ? tag(`in ${span(left)}`, "warn") : `in ${span(left)}`);
}

// taken shows the batch that has an entry, which is not final.
const taken = (batch) => (batch ? batchLink(batch) : "none yet");

export function queue() {
  return {
    title: "Queue",
    topics: ["batches", "pulse"],
    load: (signal) => api.queue(signal),
    view: (q) => {
      const overdue = [...q.deposits, ...q.forcedExits].some((entry) => q.deadlineMillis && entry.time + q.deadlineMillis < Date.now());
      return [
        heading("Queue"),
        h(
          "p",
          { class: "soft" },
          "What layer 1 has queued and is in no final batch. ",
          q.deadlineMillis ? `Each entry has to be in a batch that layer 1 accepted within ${span(q.deadlineMillis)}; after that anybody can freeze the rollup.` : "",
        ),
        overdue && sheet("Overdue", null, body(h("p", null, "An entry is overdue. Unless a batch with it is on its way, the rollup can be frozen:"), command(`quire exit freeze --l1 URL --contract ${api.config.contract} --keystore FILE`))),
        part("Deposits", q.depositCount, q.deposits, "No deposit waits.", (d) => d.position, [
          { label: "Position", cell: (d) => grouped(d.position) },
          { label: "Queued", cell: (d) => when(d.time) },
          { label: "For", cell: (d) => ownerLink(d.owner) },
          { label: "Amount", num: true, cell: (d) => money(d.amount, d.token) },
          { label: "Transaction", cell: (d) => hash(d.tx, { full: false }) },
          { label: "Batch", num: true, cell: (d) => taken(d.batch) },
          { label: "Due", cell: (d) => deadline(d.time, q.deadlineMillis) },
        ]),
        part("Forced exits", q.forcedCount, q.forcedExits, "No forced exit waits.", (f) => f.position, [
          { label: "Position", cell: (f) => grouped(f.position) },
          { label: "Queued", cell: (f) => when(f.time) },
          { label: "Account", cell: (f) => accountLink(f.index) },
          { label: "Asked for by", cell: (f) => ownerLink(f.sender) },
          { label: "Transaction", cell: (f) => hash(f.tx, { full: false }) },
          { label: "Batch", num: true, cell: (f) => taken(f.batch) },
          { label: "Due", cell: (f) => deadline(f.time, q.deadlineMillis) },
        ]),
        part("Openings", q.openingCount, q.openings, "No account waits to be opened.", (o) => o.number, [
          { label: "Request", cell: (o) => grouped(o.number) },
          { label: "Owner", cell: (o) => ownerLink(o.owner) },
          { label: "Token", cell: (o) => token(o.token) },
        ]),
      ];
    },
  };
}

function part(title, count, list, none, keyOf, columns) {
  const cut = list.length < count ? `the oldest ${grouped(list.length)} of ${grouped(count)}` : plural(count, "entry", "entries");
  return sheet(title, list.length ? cut : null, list.length ? table(title, columns, list, keyOf) : note(none));
}
