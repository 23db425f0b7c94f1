// Transfers: the list, and one.

import { h } from "../dom.js";
import { grouped } from "../format.js";
import * as api from "../api.js";
import {
  accountLink, action, batchLink, body, copyButton, facts, hash, heading, money, note, pages, payee, rail, save, sheet, statuses, table, tag, transferLink, when, whenFull,
} from "../ui.js";

// transferTable lists transfers. Inside a batch the batch goes without saying; of
// an account it is said which way the money went.
export function transferTable(list, { batch = false, account } = {}) {
  return table(
    "Transfers",
    [
      { label: "Transfer", cell: (t) => transferLink(t.id) },
      ...(account === undefined
        ? [
            { label: "From", cell: (t) => (t.transfer ? accountLink(t.transfer.from) : "–") },
            { label: "To", cell: (t) => (t.transfer ? payee(t.transfer.to) : "–") },
          ]
        : [
            { label: "Direction", cell: (t) => direction(t.transfer, account) },
            { label: "With", cell: (t) => (t.transfer ? payee(t.transfer.from === account ? t.transfer.to : t.transfer.from) : "–") },
          ]),
      { label: "Amount", num: true, cell: (t) => (t.transfer ? money(t.transfer.amount, t.token) : "–") },
      !batch && { label: "Batch", num: true, minor: true, cell: (t) => batchLink(t.batch) },
      { label: "Status", cell: (t) => tag(t.status) },
      { label: "Time", cell: (t) => when(t.time) },
    ].filter(Boolean),
    list,
    (t) => t.id,
  );
}

function direction(t, account) {
  if (!t) return "–";
  if (t.from === t.to) return "to itself";
  return t.from === account ? "out" : "in";
}

export function transfers(_, query) {
  const before = /^\d{1,15}$/.test(query.get("before") ?? "") ? Number(query.get("before")) : 0;
  return {
    title: "Transfers",
    topics: before ? ["pulse"] : ["transfers", "pulse"],
    load: (signal) => api.transfers(before ? { before } : {}, signal),
    view: (page) => [
      heading("Transfers", before ? h("small", null, `before number ${grouped(before)}`) : null),
      sheet(
        "Transfers, the newest first",
        null,
        page.transfers.length ? transferTable(page.transfers) : note("No transfer was executed yet."),
        pages("transfers", before, page.next),
      ),
    ],
  };
}

export function transfer([id]) {
  return {
    title: `Transfer ${id.slice(0, 10)}…`,
    topics: ["transfers", "batches", "pulse"],
    load: async (signal) => {
      const info = await api.transfer(id, signal);
      // The batch knows when each step was taken; the page does without if it must.
      const batch = info.batch ? await api.batch(info.batch, signal).catch(() => null) : null;
      return { info, batch, moves: info.status !== "finalized" && info.status !== "dropped" };
    },
    view: ({ info, batch }) => [
      heading("Transfer", h("small", null, tag(info.status))),
      info.status === "dropped"
        ? sheet("Dropped", null, note("It will not be executed.", info.reason && h("bdi", null, info.reason)))
        : sheet("Progress", null, rail(progress(info, batch), statuses.indexOf(info.status))),
      details(info),
      receipt(info),
    ],
  };
}

function progress(info, batch) {
  const times = batch?.times ?? {};
  const at = { queued: info.status === "queued" ? info.time : null, executed: info.status === "queued" ? null : info.time, sealed: times.sealed, proven: times.proven, finalized: times.finalized };
  return statuses.map((name) => [name, at[name]]);
}

function details(info) {
  const t = info.transfer;
  return sheet(
    "Summary",
    null,
    facts([
      ["ID", hash(info.id)],
      t && ["From", "account ", accountLink(t.from)],
      t && ["To", t.to === 0 ? "layer 1: a withdrawal to the sender's owner" : ["account ", accountLink(t.to)]],
      t && ["Amount", money(t.amount, info.token)],
      t && ["Fee", money(t.fee, info.token)],
      t && ["Nonce", grouped(t.nonce)],
      t && ["Valid until", "batch ", grouped(t.validUntil)],
      [info.status === "queued" ? "Queued" : info.status === "dropped" ? "Dropped" : "Executed", whenFull(info.time)],
      info.seq && ["Place in the order", grouped(info.seq)],
      info.batch && ["Batch", batchLink(info.batch)],
      info.layer1 && ["Layer-1 transaction", hash(info.layer1.tx)],
      info.layer1 && ["Layer-1 block", grouped(info.layer1.block)],
      t && ["Signature", h("span", { class: "hash" }, t.signature)],
    ]),
  );
}

function receipt(info) {
  if (!info.receipt) return info.status === "queued" && sheet("Receipt", null, note("The operator signs a receipt when the transfer is executed."));
  const text = JSON.stringify(info.receipt, null, 2);
  return sheet(
    "Receipt",
    null,
    body(
      h("p", null, "The operator's signature (EIP-712) over the transfer's ID, its place in the order, its batch and the time. An operator that signs one thing and does another is caught by it: keep it."),
      h("p", null, h("span", { class: "soft" }, "Operator "), hash(api.config.operator)),
      h("div", { class: "actions" }, action("Download the receipt", "…", async () => save(`receipt-${info.seq}.json`, `${text}\n`)), copyButton(text)),
      h("details", null, h("summary", null, "Show it"), h("pre", null, text)),
    ),
  );
}
