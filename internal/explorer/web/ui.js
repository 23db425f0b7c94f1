// The parts that views are put together from.

import { h } from "./dom.js";
import { ago, amount, grouped, instant, short, span } from "./format.js";
import { tokens } from "./api.js";
import { Refused } from "./rpc.js";

export const stages = ["open", "closed", "sealed", "witnessed", "proven", "submitted", "committed", "finalized"];
export const statuses = ["queued", "executed", "sealed", "proven", "committed", "finalized"];

// heading is the title of a view.
export function heading(text, ...more) {
  return h("h1", { tabindex: "-1" }, h("span", null, text), more);
}

export function sheet(title, aside, ...body) {
  return h("section", { class: "sheet", key: title, "aria-label": title }, h("header", null, h("h2", null, title), aside && h("div", null, aside)), body);
}

export const body = (...children) => h("div", { class: "body" }, children);

// facts is a list of names and values; a row that is null or whose value is null is left out.
export function facts(rows) {
  return h(
    "dl",
    { class: "facts" },
    rows.filter((row) => row && row[1] !== null && row[1] !== undefined).map(([name, ...value]) => [h("dt", null, name), h("dd", null, value)]),
  );
}

export function figures(list) {
  return h(
    "dl",
    { class: "figures" },
    list.map(([name, value, small]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value, h("small", null, small ?? "")))),
  );
}

// table makes a table. Columns: { label, num, wide, minor, cell(row) }; on a small
// screen, where a row is a card, wide ones have a line of their own and minor ones
// are left out. keyOf names a row among its siblings, so that it can stay.
export function table(label, columns, rows, keyOf) {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "cards", "aria-label": label },
      h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: c.num && "num" }, c.label)))),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            { key: keyOf(row) },
            columns.map((c) => h("td", { class: ["num", "wide", "minor"].filter((name) => c[name]).join(" ") || null, "data-label": c.label }, c.cell(row))),
          ),
        ),
      ),
    ),
  );
}

export const note = (...text) => h("div", { class: "note" }, text.filter(Boolean).map((t) => h("p", null, t)));

// pages links the newest and the older part of a list.
export function pages(path, before, next) {
  if (!before && !next) return null;
  return h(
    "nav",
    { class: "pages", "aria-label": "Pages" },
    before ? link(path, "« Newest") : h("span", { class: "soft" }, "Newest"),
    next ? link(`${path}?before=${next}`, "Older ›") : h("span", { class: "soft" }, "No older ones"),
  );
}

export function link(path, ...text) {
  return h("a", { href: `#/${path}` }, text);
}

export const batchLink = (n) => (n ? link(`batch/${n}`, String(n)) : "–");
export const accountLink = (i) => link(`account/${i}`, String(i));
export const transferLink = (id) => h("a", { href: `#/transfer/${encodeURIComponent(id)}`, class: "hash", title: id }, short(id, 4));
export const ownerLink = (owner, full) =>
  h("a", { href: `#/owner/${encodeURIComponent(owner)}`, class: "hash", title: full ? null : owner }, full ? owner : short(owner, 4));

// payee is whom a transfer goes to.
export const payee = (to) => (to === 0 ? h("span", { class: "tag" }, "layer 1") : accountLink(to));

// hash shows hexadecimal digits whole, with a button that copies them, or short.
export function hash(value, { full = true } = {}) {
  if (!full) return h("span", { class: "hash", title: value }, short(value, 4));
  return h("span", null, h("span", { class: "hash" }, value), copyButton(value));
}

export function copyButton(text, what = "Copy") {
  return h(
    "button",
    {
      type: "button",
      class: "copy",
      "aria-label": `Copy ${short(text, 8)}`,
      onclick: async (event) => {
        const button = event.currentTarget;
        let said = "Copied";
        try {
          await navigator.clipboard.writeText(text);
        } catch {
          said = "Not allowed";
        }
        button.textContent = said;
        setTimeout(() => (button.textContent = what), 1500);
      },
    },
    what,
  );
}

// money shows an amount of a token exactly, and in base units on hover.
export function money(raw, number) {
  const token = tokens.get(number);
  const name = tokenName(number);
  const text = amount(raw, token?.decimals);
  const units = `${grouped(raw)} base units of ${number === undefined ? "a token that is not known" : `token ${number}${token?.symbol ? ` (${token.symbol})` : ""}`}`;
  // A long one may be broken, but not within a group of digits.
  const groups = text.split(/(?<=[,.])/).map((group, i) => [i > 0 && h("wbr"), group]);
  return h("span", { class: text.length > 24 ? "amount long" : "amount", title: units }, groups, " ", h("bdi", { class: "unit" }, name));
}

// tokenName is a token's symbol, cut short if somebody made it long, or its number.
export function tokenName(number) {
  if (number === undefined) return "units";
  const symbol = tokens.get(number)?.symbol;
  if (!symbol) return `token ${number}`;
  const letters = [...symbol];
  return letters.length > 16 ? `${letters.slice(0, 15).join("")}…` : symbol;
}

export function token(number) {
  return h("a", { href: "#/tokens" }, h("bdi", null, tokenName(number)), tokens.get(number)?.symbol && h("span", { class: "soft" }, ` #${number}`));
}

// when shows how long ago something was. The page keeps it going.
export function when(ms) {
  if (!ms) return "–";
  const full = instant(ms);
  return h("time", { datetime: full === "–" ? null : new Date(ms).toISOString(), title: full, "data-ms": ms, class: "nowrap" }, ago(ms));
}

// whenFull shows a time itself as well.
export function whenFull(ms) {
  if (!ms) return "–";
  return h("span", null, instant(ms), " ", h("span", { class: "soft" }, "(", when(ms), ")"));
}

const tones = { finalized: "good", dropped: "bad", queued: "warn" };

export const tag = (text, tone = tones[text]) => h("span", { class: tone ? `tag ${tone}` : "tag" }, text);

// stage shows how far a batch has come, in small.
export function stage(name) {
  const at = stages.indexOf(name);
  return h(
    "span",
    { class: "stage" },
    h("span", { class: name === "finalized" ? "pips done" : "pips", "aria-hidden": "true" }, stages.map((_, i) => h("i", { class: i <= at && "on" }))),
    name,
  );
}

// rail shows steps in large: [name, time or null], of which the first at + 1 are taken.
export function rail(steps, at) {
  let before = null;
  return h(
    "ol",
    { class: at === steps.length - 1 ? "stages done" : "stages" },
    steps.map(([name, ms], i) => {
      const since = before && ms ? `+${span(ms - before)}` : null;
      before = ms || before;
      return h(
        "li",
        { class: [i <= at && "on", i === at && "now"].filter(Boolean).join(" ") || null, "aria-current": i === at && "step" },
        h("strong", null, name),
        i <= at ? (ms ? h("span", { title: instant(ms) }, since ?? when(ms)) : "") : h("span", { class: "hidden" }, "not yet"),
      );
    }),
  );
}

// bar shows how much of something is used.
export function bar(label, part, whole) {
  const used = whole > 0 ? Math.min(1, part / whole) : 0;
  return [
    h("dt", null, label),
    h("dd", { class: "num" }, `${grouped(part)} of ${grouped(whole)}`),
    h("dd", { class: "bar-cell" }, h("div", { class: "track", "aria-hidden": "true" }, h("i", { class: used > 0.9 && "high", vars: { part: used.toFixed(4) } }))),
  ];
}

export function command(text) {
  return h("pre", null, h("code", null, text), copyButton(text));
}

// save hands a file to the browser.
export function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const a = h("a", { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// action is a button for something that may take a while and may fail.
export function action(label, busy, fn) {
  return h(
    "button",
    {
      type: "button",
      onclick: async (event) => {
        const button = event.currentTarget;
        button.dataset.own = "";
        button.disabled = true;
        button.textContent = busy;
        try {
          await fn();
          button.textContent = label;
        } catch (error) {
          button.textContent = explain(error);
          await new Promise((done) => setTimeout(done, 4000));
          button.textContent = label;
        } finally {
          button.disabled = false;
          delete button.dataset.own;
        }
      },
    },
    label,
  );
}

// explain says what went wrong, in the node's words if they are its.
export function explain(error) {
  if (error instanceof Refused) return `The node says: ${error.message}`;
  return error?.message ?? String(error);
}
