// Tokens, and what the rollup is.

import * as api from "../api.js";
import { h } from "../dom.js";
import { grouped, plural } from "../format.js";
import { accountLink, facts, hash, heading, money, note, sheet, table, tokenName } from "../ui.js";

export function tokens() {
  return {
    title: "Tokens",
    topics: [],
    load: async (signal) => {
      await api.learn(signal);
      const list = [...api.tokens.values()];
      const fees = await Promise.all(list.map((t) => api.fee(t.token, signal).catch(() => null)));
      return list.map((t, i) => ({ ...t, fee: fees[i] }));
    },
    view: (list) => [
      heading("Tokens"),
      sheet(
        "Tokens of this rollup",
        plural(list.length, "token"),
        list.length
          ? table(
              "Tokens",
              [
                { label: "Number", cell: (t) => grouped(t.token) },
                { label: "Symbol", cell: (t) => h("bdi", { title: t.symbol }, tokenName(t.token)) },
                { label: "Decimals", num: true, cell: (t) => t.decimals },
                { label: "Least fee", num: true, cell: (t) => (t.fee ? money(t.fee.minimum, t.token) : "–") },
                { label: "Fees go to", cell: (t) => (t.fee?.account !== undefined ? ["account ", accountLink(t.fee.account)] : "nobody: there are none") },
                { label: "Contract on layer 1", wide: true, cell: (t) => (/^0x0{40}$/.test(t.address) ? "ether" : hash(t.address)) },
              ],
              list,
              (t) => t.token,
            )
          : note("There are none."),
      ),
      h("p", { class: "soft" }, "Anyone can give a token any symbol. Go by the contract's address."),
      rollup(),
      circuits(),
    ],
  };
}

function rollup() {
  const c = api.config;
  return sheet(
    "Rollup",
    null,
    facts([
      ["Contract on layer 1", hash(c.contract)],
      ["Chain", String(c.chainID)],
      ["Rollup ID", hash(c.rollupID)],
      ["Operator", hash(c.operator)],
      ["Final after", plural(c.confirmations, "confirmation")],
      ["Version of the node", h("bdi", null, c.version)],
    ]),
  );
}

function circuits() {
  const count = (label, name) => ({ label, num: true, cell: (c) => grouped(c[name]) });
  return sheet(
    "Circuits",
    "what one batch can take",
    table(
      "Circuits",
      [
        { label: "Number", cell: (c) => c.index },
        { label: "Shape", cell: (c) => c.shape },
        count("Transfers", "transfers"),
        count("Openings", "openings"),
        count("Layer-1 operations", "layerOne"),
        count("Exits", "exits"),
        count("Accounts", "accounts"),
        count("Tree nodes", "nodes"),
        { label: "Verifier", wide: true, cell: (c) => hash(c.verifier, { full: false }) },
      ],
      api.config.circuits,
      (c) => c.index,
    ),
  );
}
