// Search: batch or account by number, transfer by ID, owner by address.

import { h } from "../dom.js";
import { grouped } from "../format.js";
import * as api from "../api.js";
import { Refused } from "../rpc.js";
import { body, heading, link, note, sheet, table } from "../ui.js";

const LARGEST = 2 ** 32 - 1; // of batches and accounts

// where says which places a text can mean, as views of this page.
export function where(text) {
  const t = text.trim();
  let m;
  if ((m = /^(batch|account)\s*#?\s*(\d{1,10})$/i.exec(t)) && Number(m[2]) <= LARGEST) return [`${m[1].toLowerCase()}/${Number(m[2])}`];
  if ((m = /^#?(\d{1,10})$/.exec(t)) && Number(m[1]) <= LARGEST) return [`batch/${Number(m[1])}`, `account/${Number(m[1])}`];
  if ((m = /^(?:0x)?([0-9a-f]{64})$/i.exec(t))) return [`transfer/0x${m[1].toLowerCase()}`];
  if ((m = /^(?:0x)?([0-9a-f]{40})$/i.exec(t))) return [`owner/0x${m[1]}`];
  return [];
}

export function search(_, query) {
  const text = (query.get("q") ?? "").slice(0, 200);
  const places = where(text);
  return {
    title: "Search",
    topics: [],
    load: async (signal) => ({ found: (await Promise.all(places.map((place) => there(place, signal)))).filter(Boolean) }),
    view: ({ found }) => [
      heading("Search", h("small", null, "for ", h("bdi", { class: "mono" }, text || "nothing"))),
      found.length
        ? sheet(
            "Found",
            null,
            table(
              "Found",
              [
                { label: "What", cell: (f) => link(f.place, f.name) },
                { label: "About it", cell: (f) => f.about },
              ],
              found,
              (f) => f.place,
            ),
          )
        : sheet("Nothing found", null, places.length ? note(nothing(places[0])) : undefined, help()),
    ],
    // One place only: go there at once.
    goto: ({ found }) => (found.length === 1 ? found[0].place : null),
  };
}

function nothing(place) {
  return place.startsWith("transfer/") ? "The node knows no transfer with this ID." : "There is no batch and no account with this number.";
}

function help() {
  return body(
    h("p", null, "What can be searched for:"),
    table(
      "What can be searched for",
      [
        { label: "What", cell: ([what]) => what },
        { label: "Example", cell: ([, example]) => h("span", { class: "mono" }, example) },
      ],
      [
        ["a batch, or an account, by its number", "12 · batch 12 · account 12"],
        ["a transfer by its ID", "0x and 64 hexadecimal digits"],
        ["the accounts of a layer-1 address", "0x and 40 hexadecimal digits"],
      ],
      ([what]) => what,
    ),
  );
}

// there asks whether something is at a place, and what.
async function there(place, signal) {
  const [kind, name] = place.split("/");
  try {
    switch (kind) {
      case "batch": {
        const b = await api.batch(Number(name), signal);
        return { place, name: `Batch ${name}`, about: `${b.stage}, ${grouped(b.transfers)} transfers` };
      }
      case "account": {
        const a = await api.account(Number(name), signal);
        return { place, name: `Account ${name}`, about: `of ${a.owner}` };
      }
      case "transfer":
        await api.transfer(name, signal);
        return { place, name: "Transfer", about: name };
      default:
        return { place, name: "Owner", about: name };
    }
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
