// Accounts: by number, and by owner; what an owner has to do to leave.

import { h } from "../dom.js";
import { grouped, plural } from "../format.js";
import * as api from "../api.js";
import {
  accountLink, action, batchLink, body, command, facts, hash, heading, link, money, note, ownerLink, pages, save, sheet, table, tag, token, when,
} from "../ui.js";
import { deadline } from "./queue.js";
import { transferTable } from "./transfers.js";

const states = [
  ["pending", "after everything that was executed"],
  ["sealed", "after the newest sealed batch"],
  ["committed", "after the newest batch that layer 1 accepted"],
  ["finalized", "after the newest batch that is final"],
];

export function accounts() {
  return {
    title: "Accounts",
    topics: ["transfers", "pulse"],
    load: (signal) => api.transfers({ limit: 25 }, signal),
    view: ({ transfers }) => {
      const active = new Map(); // account → its newest transfer
      for (const t of transfers) {
        for (const index of [t.transfer?.from, t.transfer?.to]) if (index && !active.has(index)) active.set(index, t);
      }
      return [
        heading("Accounts"),
        sheet("Look one up", null, body(lookUp())),
        sheet(
          "Active of late",
          null,
          active.size
            ? table(
                "Accounts",
                [
                  { label: "Account", cell: ([index]) => accountLink(index) },
                  { label: "Token", cell: ([, t]) => (t.token === undefined ? "–" : token(t.token)) },
                  { label: "Newest transfer", cell: ([, t]) => when(t.time) },
                ],
                [...active].slice(0, 12),
                ([index]) => index,
              )
            : note("No transfer was executed yet."),
        ),
      ];
    },
  };
}

function lookUp() {
  return h(
    "form",
    {
      class: "ask",
      onsubmit: (event) => {
        event.preventDefault();
        const text = event.currentTarget.querySelector("input").value.trim();
        if (text) location.hash = /^\d+$/.test(text) ? `#/account/${text}` : `#/search?q=${encodeURIComponent(text)}`;
      },
    },
    h("div", null, h("label", { for: "who" }, "Account number, or layer-1 address of an owner"), h("input", { id: "who", "data-own": true, spellcheck: "false", autocapitalize: "off", maxlength: "100" })),
    h("button", { type: "submit" }, "Show"),
  );
}

export function account([text], query) {
  const index = Number(text);
  const before = Number(query.get("before")) || 0;
  let proof = null; // once somebody asked for it
  return {
    title: `Account ${index}`,
    topics: ["account", "batches", "pulse"],
    account: index,
    load: async (signal) => {
      const [a, page] = await Promise.all([api.account(index, signal), api.transfers(before ? { account: index, before } : { account: index }, signal)]);
      return { a, page };
    },
    view: ({ a, page }, again) => [
      heading(`Account ${index}`, h("small", null, token(a.token))),
      sheet(
        "Balance",
        null,
        table(
          "Balance by state",
          [
            { label: "State", wide: true, cell: ([name, what]) => [tag(name), " ", h("span", { class: "soft" }, what)] },
            { label: "Balance", num: true, cell: ([name]) => (a[name] ? money(a[name].balance, a.token) : "no account") },
            { label: "Nonce", num: true, cell: ([name]) => (a[name] ? grouped(a[name].nonce) : "–") },
            { label: "Batch", num: true, cell: ([name]) => (a[name] ? (a[name].batch ? batchLink(a[name].batch) : "genesis") : "–") },
          ],
          states,
          ([name]) => name,
        ),
      ),
      sheet(
        "Summary",
        null,
        facts([
          ["Owner on layer 1", ownerLink(a.owner, true)],
          ["Next nonce", grouped(a.nextNonce), a.waiting ? h("span", { class: "soft" }, ` · ${plural(a.waiting, "transfer")} waiting`) : ""],
          ["Key, x", hash(a.key.x)],
          ["Key, y", hash(a.key.y)],
        ]),
      ),
      proofSheet(
        index,
        a,
        () => proof,
        async () => {
          proof = await api.accountProof(index, "finalized");
          again();
        },
      ),
      sheet(
        "History",
        null,
        page.transfers.length ? transferTable(page.transfers, { account: index }) : note(before ? "None older." : "The account has no transfers yet."),
        pages(`account/${index}`, before, page.next),
      ),
    ],
  };
}

function proofSheet(index, a, get, ask) {
  const proof = get();
  return sheet(
    "Proof against layer 1",
    null,
    body(
      h(
        "p",
        null,
        "What the contract stores of the rollup is a commitment to all accounts. This shows what the commitment says of this one. (For the way out of a frozen rollup, quire exit escape makes such a proof by itself, from layer-1 data.)",
      ),
      h(
        "div",
        { class: "actions" },
        action("Get the proof", "Asking the node…", ask),
        proof && action("Download it", "…", async () => save(`account-${index}-batch-${proof.batch}.json`, `${JSON.stringify(proof, null, 2)}\n`)),
      ),
    ),
    proof &&
      facts([
        ["State", "after batch ", proof.batch ? batchLink(proof.batch) : "0, genesis"],
        ["Says", proof.exists ? ["the account has ", money(proof.account.balance, proof.account.token), ` and nonce ${grouped(proof.account.nonce)}`] : "there is no such account"],
        ["Commitment on layer 1", hash(proof.commitment)],
        ["Root of the state tree", hash(proof.root)],
        ["Leaf", hash(proof.leaf)],
        [
          "Siblings",
          h(
            "details",
            { key: "siblings" },
            h("summary", null, `${proof.siblings.length} levels of three, from the root down`),
            h("pre", null, proof.siblings.map((three, level) => three.map((s, i) => `${i ? "  " : String(level + 1).padStart(2)}  ${s}`).join("\n")).join("\n")),
          ),
        ],
      ]),
  );
}

export function owner([text], query) {
  const after = Number(query.get("after")) || 0;
  return {
    title: `Owner ${text.slice(0, 10)}…`,
    topics: ["batches", "pulse"],
    load: async (signal) => {
      const [page, queue, sync] = await Promise.all([api.accounts(after ? { owner: text, after } : { owner: text }, signal), api.queue(signal), api.syncStatus(signal)]);
      const histories = await Promise.all(page.accounts.slice(0, 5).map((a) => api.transfers({ account: a.index, limit: 25 }, signal)));
      const withdrawals = histories.flatMap((history, i) => history.transfers.filter((t) => t.transfer?.to === 0 && t.transfer.from === page.accounts[i].index));
      withdrawals.sort((a, b) => b.seq - a.seq);
      return { page, queue, sync, withdrawals: withdrawals.slice(0, 10) };
    },
    view: ({ page, queue, sync, withdrawals }) => {
      const mine = new Set(page.accounts.map((a) => a.index));
      const same = (address) => address.toLowerCase() === text.toLowerCase();
      const exits = queue.forcedExits.filter((f) => mine.has(f.index) || same(f.sender));
      const deposits = queue.deposits.filter((d) => same(d.owner) || same(d.payer));
      return [
        heading("Owner", h("small", null, hash(text))),
        sheet(
          "Accounts",
          null,
          page.accounts.length
            ? table(
                "Accounts",
                [
                  { label: "Account", cell: (a) => accountLink(a.index) },
                  { label: "Token", cell: (a) => token(a.token) },
                  { label: "Balance, pending", num: true, cell: (a) => money(a.balance, a.token) },
                  { label: "Nonce", num: true, cell: (a) => grouped(a.nonce) },
                ],
                page.accounts,
                (a) => a.index,
              )
            : note("This address owns no account here.", "A deposit on layer 1 opens one, and so does quire_openAccount."),
          (after || page.next) &&
            h(
              "nav",
              { class: "pages", "aria-label": "Pages" },
              after ? link(`owner/${text}`, "« First") : h("span"),
              page.next ? link(`owner/${text}?after=${page.next}`, "More ›") : h("span"),
            ),
        ),
        deposits.length > 0 &&
          sheet(
            "Deposits that wait",
            plural(deposits.length, "deposit"),
            table(
              "Deposits that wait",
              [
                { label: "Queued", cell: (d) => when(d.time) },
                { label: "Amount", num: true, cell: (d) => money(d.amount, d.token) },
                { label: "Due", cell: (d) => deadline(d.time, queue.deadlineMillis) },
              ],
              deposits,
              (d) => d.position,
            ),
          ),
        leaving(text, same, sync, exits, withdrawals, queue),
      ];
    },
  };
}

function leaving(address, same, sync, exits, withdrawals, queue) {
  const at = `--l1 URL --contract ${api.config.contract}`;
  return sheet(
    "Withdrawals and exits",
    sync.frozen ? tag("frozen", "bad") : null,
    withdrawals.length > 0 &&
      table(
        "Withdrawals",
        [
          { label: "Withdrawal", cell: (t) => link(`transfer/${t.id}`, when(t.time)) },
          { label: "Account", cell: (t) => accountLink(t.transfer.from) },
          { label: "Amount", num: true, cell: (t) => money(t.transfer.amount, t.token) },
          { label: "Where it is", wide: true, cell: (t) => whereabouts(t.status) },
        ],
        withdrawals,
        (t) => t.id,
      ),
    exits.length > 0 &&
      table(
        "Forced exits that wait",
        [
          { label: "Forced exit queued", cell: (f) => when(f.time) },
          { label: "Account", cell: (f) => accountLink(f.index) },
          { label: "Asked for by", cell: (f) => (same(f.sender) ? "this address" : ownerLink(f.sender)) },
          { label: "Due", cell: (f) => deadline(f.time, queue.deadlineMillis) },
        ],
        exits,
        (f) => f.position,
      ),
    body(
      h("p", null, "What layer 1 has credited and not paid yet is layer 1's to say, not this node's. This asks it, and says what there is to do:"),
      command(`quire exit status ${at} --owner ${address}`),
      h("p", null, "To have it paid:"),
      command(`quire exit claim ${at} --keystore FILE`),
      sync.frozen
        ? [
            h("p", null, "The rollup is frozen. What the last final state holds for this owner is taken out with a proof, and deposits that no batch took with a refund:"),
            command(`quire exit escape ${at} --keystore FILE`),
            command(`quire exit refund ${at} --keystore FILE`),
          ]
        : [h("p", null, "An operator that does not take withdrawals on is made to, through layer 1:"), command(`quire exit request ${at} --keystore FILE --index ACCOUNT`)],
    ),
  );
}

function whereabouts(status) {
  switch (status) {
    case "finalized":
      return [tag("credited", "good"), " on layer 1; claim it"];
    case "committed":
      return [tag("credited"), " in a block that is not final"];
    default:
      return [tag(status), " on its way"];
  }
}
