// The page as a whole: which view the address asks for, and keeping it up to date.

import { h, patch } from "./dom.js";
import { ago, instant } from "./format.js";
import * as api from "./api.js";
import { beat, pause } from "./pulse.js";
import { Feed, Refused, Unreachable } from "./rpc.js";
import { explain, hash, heading, note, sheet } from "./ui.js";
import { account, accounts, owner } from "./views/accounts.js";
import { batch, batches } from "./views/batches.js";
import { overview } from "./views/overview.js";
import { queue } from "./views/queue.js";
import { search, where } from "./views/search.js";
import { tokens } from "./views/tokens.js";
import { transfer, transfers } from "./views/transfers.js";

const PULSE = 2000; // milliseconds between two looks at the node's state
const CALM = 400; // between two updates of a view
const FLOOD = 100; // notifications of one kind between two pulses, beyond which the pulse has to do

// A view is made of the parts of its address, and is { title, load, view }: load
// asks the node, view makes elements of the answer. topics are what brings it up to
// date: subscriptions, and "pulse" for whenever the node's state changed, or with
// "always" at every beat.
const routes = [
  [/^$/, overview, "overview"],
  [/^batches$/, batches, "batches"],
  [/^batch\/(\d{1,10})$/, batch, "batches"],
  [/^transfers$/, transfers, "transfers"],
  [/^transfer\/(0x[0-9a-f]{64})$/i, transfer, "transfers"],
  [/^accounts$/, accounts, "accounts"],
  [/^account\/(\d{1,10})$/, account, "accounts"],
  [/^owner\/(0x[0-9a-f]{40})$/i, owner, "accounts"],
  [/^queue$/, queue, "queue"],
  [/^tokens$/, tokens, "tokens"],
  [/^search$/, search, null],
];

const tabs = [
  ["", "Overview", "overview"],
  ["batches", "Batches", "batches"],
  ["transfers", "Transfers", "transfers"],
  ["accounts", "Accounts", "accounts"],
  ["queue", "Queue", "queue"],
  ["tokens", "Tokens", "tokens"],
];

const at = (id) => document.getElementById(id);
const main = at("main");

let shown = null; // the view that is asked for: { route, view, data, stop, unsubscribe }
let sync = null; // the node's state, as the last pulse had it
let reached = 0; // when the node last answered, in Unix milliseconds
let gone = false; // whether it does not answer

const feed = new Feed(link);

// Addresses.

function parse() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
  for (const [pattern, view, tab] of routes) {
    const match = pattern.exec(path);
    if (match) return { make: () => view(match.slice(1), new URLSearchParams(query)), tab };
  }
  return { make: nowhere, tab: null };
}

function nowhere() {
  return {
    title: "Not found",
    topics: [],
    load: async () => null,
    view: () => [heading("Not found"), sheet("Nothing is here", null, note("This page has no such part.", h("a", { href: "#/" }, "Go to the overview")))],
  };
}

// How far down the reader was in each entry of the history.
const positions = new Map();
let entry = 0;
let entries = 0;

function navigate(first) {
  shown?.stop.abort();
  shown?.unsubscribe.forEach((end) => end());
  const back = history.state?.entry;
  if (!first) positions.set(entry, window.scrollY);
  entry = back ?? ++entries;
  if (back === undefined) history.replaceState({ entry }, "");
  entries = Math.max(entries, entry);

  const { make, tab } = parse();
  const view = make();
  shown = { view, tab, data: undefined, stop: new AbortController(), unsubscribe: [], loading: false, again: false, last: 0, timer: 0 };
  document.title = `${view.title} · Quire explorer`;
  drawTabs(tab);
  main.setAttribute("aria-busy", "true");
  subscribe(shown);
  refresh(shown, { first, arrived: true, scroll: back === undefined ? 0 : (positions.get(entry) ?? 0) });
}

function drawTabs(tab) {
  const links = h("nav", null, tabs.map(([path, name, of]) => h("a", { key: of, href: `#/${path}`, "aria-current": tab === of && "page" }, name)));
  patch(at("tabs"), links);
  const current = at("tabs").querySelector("[aria-current]");
  if (current) at("tabs").scrollLeft = current.offsetLeft - at("tabs").clientWidth / 2; // on a small screen
}

// Updates.

function subscribe(page) {
  const view = page.view;
  const listen = (name, params) => {
    let count = 0;
    let since = Date.now();
    const end = feed.subscribe(name, params, () => {
      if (Date.now() - since > PULSE) [count, since] = [0, Date.now()];
      if (++count > FLOOD) end(); // every pulse shows as much
      else soon(page);
    });
    page.unsubscribe.push(end);
  };
  for (const topic of view.topics) {
    if (topic === "account") listen("transfers", [view.account]);
    else if (topic !== "pulse") listen(topic, []);
  }
}

// soon brings a view up to date, not too often.
function soon(page) {
  if (page !== shown || page.timer || document.hidden) return;
  page.timer = setTimeout(
    () => {
      page.timer = 0;
      refresh(page);
    },
    Math.max(0, page.last + CALM - Date.now()),
  );
}

async function refresh(page, { first = false, arrived = false, scroll = 0 } = {}) {
  if (page.loading) {
    page.again = true;
    return;
  }
  page.loading = true;
  try {
    if (!api.config) {
      await api.learn(page.stop.signal);
      drawFoot();
    }
    const data = await page.view.load(page.stop.signal);
    if (page !== shown) return;
    const target = page.view.goto?.(data);
    if (target) {
      location.replace(`#/${target}`);
      return;
    }
    page.data = data;
    page.failed = false;
    draw(page);
  } catch (error) {
    if (page !== shown || page.stop.signal.aborted) return;
    if (error instanceof Unreachable) lost();
    // What is shown stays, unless the node says that there is no such thing.
    page.failed = true;
    if (page.data === undefined || missing(error)) drawError(page, error);
    else if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
  } finally {
    page.loading = false;
    page.last = Date.now();
    if (page === shown) main.removeAttribute("aria-busy");
  }
  if (page !== shown) return;
  if (arrived) {
    window.scrollTo(0, scroll);
    if (!first) main.querySelector("h1")?.focus({ preventScroll: true });
  }
  if (page.again) {
    page.again = false;
    soon(page);
  }
}

function draw(page) {
  const content = h("div", null, page.view.view(page.data, () => page === shown && draw(page)));
  // The first elements of a view are not news.
  if (main.dataset.view !== String(entry)) {
    main.replaceChildren(...content.childNodes);
    main.dataset.view = String(entry);
  } else {
    patch(main, content);
  }
}

// missing says whether an error is that there is no such transfer, account, batch
// or token.
const missing = (error) => error instanceof Refused && error.code <= -32040 && error.code >= -32043;

function drawError(page, error) {
  const absent = missing(error);
  const title = absent ? "Not found" : error instanceof Unreachable ? "The node does not answer" : "That did not work";
  main.replaceChildren(
    heading(title),
    sheet(
      absent ? "Nothing is here" : "What happened",
      null,
      note(
        h("bdi", null, explain(error)),
        absent ? "It may come yet; this page looks again by itself." : "This page tries again by itself.",
        h("button", { type: "button", onclick: () => refresh(page) }, "Try again now"),
      ),
    ),
  );
  delete main.dataset.view;
  if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
}

// The pulse.

async function pulse() {
  if (!document.hidden) {
    try {
      const next = await api.syncStatus();
      const changed = !sync || JSON.stringify(next) !== JSON.stringify(sync);
      found(next);
      if (shown && (shown.failed || shown.data === undefined || ((changed || shown.view.always) && shown.view.topics.includes("pulse")))) soon(shown);
    } catch (error) {
      if (error instanceof Unreachable) lost();
      else drawBanners(explain(error));
    }
  }
  setTimeout(pulse, PULSE);
}

// What is said when a state of the node sets in.
const alarms = { halted: "The node has halted.", frozen: "The rollup is frozen.", paused: "The node takes no transfers at the moment." };

function found(next) {
  const news = Object.keys(alarms).filter((name) => next[name] && !sync?.[name]).map((name) => alarms[name]);
  if (sync && next.finalized > sync.finalized) news.push(`Batch ${next.finalized} is final on layer 1.`);
  if (gone) news.push("The node answers again.");
  if (news.length) say(news.join(" "));
  const back = gone;
  gone = false;
  reached = Date.now();
  sync = next;
  beat(next);
  if (back) {
    // It may be another version of the node, or of this page.
    api.learn().then(drawFoot, () => {});
    feed.connect();
    soon(shown);
  }
  drawBanners();
  link();
}

function lost() {
  pause();
  if (!gone) say("The node does not answer.");
  gone = true;
  drawBanners();
  link();
}

function link() {
  const [state, text] = gone ? ["gone", "No answer"] : feed.live ? ["live", "Live"] : reached ? ["poll", "Polling"] : ["wait", "Connecting"];
  if (at("link").dataset.state === state) return;
  at("link").dataset.state = state;
  at("link-text").textContent = text;
  at("link").title = { gone: "The node does not answer", live: "The node tells of changes as they happen", poll: "The node is asked every two seconds", wait: "" }[state];
}

function say(text) {
  at("said").textContent = text;
}

function drawBanners(problem) {
  const banner = (key, tone, name, ...text) => h("div", { class: `banner ${tone}`, key }, h("p", null, h("strong", null, name), " ", text));
  patch(
    at("banners"),
    h(
      "div",
      null,
      gone &&
        banner("gone", "bad", "The node does not answer.", reached ? ["What is shown is from ", h("time", { "data-ms": reached, title: instant(reached) }, ago(reached)), ". "] : "", "This page keeps trying."),
      problem && banner("problem", "bad", "The node refuses to say how it is.", h("bdi", null, problem)),
      sync?.halted && banner("halted", "bad", alarms.halted, h("bdi", null, sync.halted)),
      sync?.frozen &&
        banner("frozen", "bad", alarms.frozen, "Nothing is settled any more. What the last final state holds is taken out on layer 1, with ", h("code", null, "quire exit escape"), "; look up an owner's address for the commands."),
      sync?.paused && banner("paused", "", alarms.paused, "Its operator has paused it. What was accepted goes on."),
    ),
  );
}

function drawFoot() {
  const c = api.config;
  const name = h("button", { type: "button", onclick: nextTheme }, `Colours: ${theme}`);
  patch(
    at("foot"),
    h(
      "div",
      null,
      c && h("span", { key: "chain" }, `Chain ${c.chainID}`),
      c && h("span", { key: "contract" }, "Rollup ", hash(c.contract, { full: false })),
      c && h("span", { key: "version" }, "Node ", h("bdi", null, c.version)),
      h("a", { key: "rpc", href: "openrpc.json" }, "API"),
      name,
    ),
  );
}

// Colours: the system's, unless somebody chose.

const themes = { system: "light dark", light: "light", dark: "dark" };
let theme = "system";
try {
  theme = Object.keys(themes).find((name) => name === localStorage.getItem("theme")) ?? "system";
} catch {
  // No storage is allowed here: the choice lasts as long as the page.
}

function nextTheme() {
  const names = Object.keys(themes);
  theme = names[(names.indexOf(theme) + 1) % names.length];
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // As above.
  }
  document.documentElement.style.colorScheme = themes[theme];
  drawFoot();
}

// To work.

history.scrollRestoration = "manual";
document.documentElement.style.colorScheme = themes[theme];
drawFoot();
navigate(true);
feed.connect();
pulse();

window.addEventListener("hashchange", () => navigate(false));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return pause();
  if (shown?.view.topics.length) soon(shown);
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment of the address is the view
  main.focus();
});
at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("query").value.trim();
  if (!text) return;
  const places = where(text);
  location.hash = places.length === 1 ? `#/${places[0]}` : `#/search?q=${encodeURIComponent(text)}`;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(input|textarea|select)$/i.test(event.target.tagName)) {
    event.preventDefault();
    at("query").focus();
  }
});
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ms]")) {
    const text = ago(Number(time.dataset.ms));
    if (time.textContent !== text) time.textContent = text;
  }
}, 1000);
