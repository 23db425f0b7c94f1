// What the page asks the node for, and what it remembers of the answers.

import { call, calls } from "./rpc.js";

// What hardly changes: the rollup and its tokens. Filled by learn.
export let config = null;
export let tokens = new Map(); // number → token

const PAGE = 25; // entries of a list, where nothing else is asked for

let asked = 0; // when the tokens were last asked for
const tokenOf = new Map(); // account → number of its token, which never changes

// learn asks for the rollup and its tokens.
export async function learn(signal) {
  const [c, list] = await Promise.all([call("quire_rollupConfig", [], signal), call("quire_tokens", [], signal)]);
  config = c;
  keep(list);
}

function keep(list) {
  tokens = new Map(list.map((token) => [token.token, token]));
  asked = Date.now();
}

export const syncStatus = (signal) => call("quire_syncStatus", [], signal);
export const fee = (token, signal) => call("quire_getFee", [token], signal);
export const batch = (number, signal) => call("quire_getBatch", [number], signal);
export const batchProof = (number, signal) => call("quire_getBatchProof", [number], signal);
export const batches = (query, signal) => call("quire_getBatches", [{ limit: PAGE, ...query }], signal);
export const account = (index, signal) => call("quire_getAccount", [index], signal);
export const accountProof = (index, state, signal) => call("quire_getAccountProof", [index, state], signal);
export const queue = (signal) => call("quire_queue", [], signal);

export async function accounts(query, signal) {
  const page = await call("quire_getAccounts", [{ limit: PAGE, ...query }], signal);
  for (const a of page.accounts) tokenOf.set(a.index, a.token);
  return page;
}

export async function transfer(id, signal) {
  const info = await call("quire_getTransfer", [id], signal);
  await withTokens([info], signal);
  return info;
}

export async function transfers(query, signal) {
  const page = await call("quire_getTransfers", [{ limit: PAGE, ...query }], signal);
  await withTokens(page.transfers, signal);
  return page;
}

// withTokens sets the token of each transfer, which is its sender's.
async function withTokens(list, signal) {
  const unknown = new Set(list.map((info) => info.transfer?.from).filter((from) => from !== undefined && !tokenOf.has(from)));
  for (const a of await calls([...unknown].map((index) => ["quire_getAccount", [index]]), config?.limits?.batchRequests, signal)) {
    if (a) tokenOf.set(a.index, a.token);
  }
  for (const info of list) info.token = tokenOf.get(info.transfer?.from);
  if (list.some((info) => info.token !== undefined && !tokens.has(info.token)) && Date.now() - asked > 30_000) {
    keep(await call("quire_tokens", [], signal));
  }
}
