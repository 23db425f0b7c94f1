// The node's JSON-RPC: calls over HTTP, subscriptions over a WebSocket. Both are
// at the address that this page came from.

const TIMEOUT = 15_000; // milliseconds that an answer may take
const RETRY = [500, 1000, 2000, 4000, 8000]; // before a WebSocket is tried again

// Unreachable: the node gave no answer that can be read.
export class Unreachable extends Error {}

// Refused: the node answered with an error of its own.
export class Refused extends Error {
  constructor(error) {
    super(String(error.message ?? "the node refused"));
    this.code = error.code;
    this.data = error.data;
  }
}

let lastID = 0;

const endpoint = () => new URL("./", location.href.split("#")[0]);

// call calls a method.
export async function call(method, params = [], signal) {
  const answer = await post({ jsonrpc: "2.0", id: ++lastID, method, params }, signal);
  if (answer?.error) throw new Refused(answer.error);
  if (answer?.result === undefined) throw new Unreachable("The node's answer is not one.");
  return answer.result;
}

// calls calls several methods, at most so many with one request, and returns the
// results, null for what the node refused.
export async function calls(list, most = 20, signal) {
  const results = [];
  for (let at = 0; at < list.length; at += most) {
    const requests = list.slice(at, at + most).map(([method, params]) => ({ jsonrpc: "2.0", id: ++lastID, method, params }));
    const answers = await post(requests, signal);
    if (!Array.isArray(answers)) {
      if (answers?.error) throw new Refused(answers.error);
      throw new Unreachable("The node's answer is not one.");
    }
    const byID = new Map(answers.map((answer) => [answer.id, answer]));
    for (const { id } of requests) results.push(byID.get(id)?.result ?? null);
  }
  return results;
}

async function post(body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT);
  let response;
  try {
    response = await fetch(endpoint(), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      cache: "no-store",
    });
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (response && !response.ok) throw new Unreachable(`The node answered with HTTP status ${response.status}.`, { cause: error });
    throw new Unreachable(timeout.aborted ? "The node took too long to answer." : "The node cannot be reached.", { cause: error });
  }
}

// Feed keeps a WebSocket to the node open, and on it the subscriptions that are
// asked for. It connects again by itself, and subscribes again when it has.
export class Feed {
  #socket = null;
  #tries = 0;
  #timer = 0;
  #wanted = new Map(); // handle → { name, params, fn }
  #requests = new Map(); // ID of a request → function for its answer
  #active = new Map(); // subscription → handle
  #onState;
  live = false;

  // onState is called with true when the feed opens and with false when it ends.
  constructor(onState) {
    this.#onState = onState;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#socket) return;
    const url = endpoint();
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.live = true;
      for (const handle of this.#wanted.keys()) this.#ask(handle);
      this.#onState(true);
    };
    socket.onmessage = (message) => this.#take(message.data);
    socket.onclose = () => {
      this.#socket = null;
      this.live = false;
      this.#requests.clear();
      this.#active.clear();
      this.#onState(false);
      this.#timer = setTimeout(() => this.connect(), RETRY[Math.min(this.#tries++, RETRY.length - 1)]);
    };
  }

  // subscribe calls fn with each notification, until the function that it returns
  // is called.
  subscribe(name, params, fn) {
    const handle = Symbol(name);
    this.#wanted.set(handle, { name, params, fn });
    if (this.live) this.#ask(handle);
    return () => {
      this.#wanted.delete(handle);
      for (const [id, owner] of this.#active) {
        if (owner !== handle) continue;
        this.#active.delete(id);
        this.#send("quire_unsubscribe", [id], () => {});
      }
    };
  }

  #ask(handle) {
    const { name, params } = this.#wanted.get(handle);
    this.#send("quire_subscribe", [name, ...params], (answer) => {
      if (typeof answer.result !== "string") return; // the page polls as well
      if (this.#wanted.has(handle)) this.#active.set(answer.result, handle);
      else this.#send("quire_unsubscribe", [answer.result], () => {});
    });
  }

  #send(method, params, done) {
    const id = ++lastID;
    this.#requests.set(id, done);
    this.#socket?.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  #take(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    for (const one of Array.isArray(message) ? message : [message]) {
      if (one.method === "quire_subscription") {
        const handle = this.#active.get(one.params?.subscription);
        this.#wanted.get(handle)?.fn(one.params.result);
      } else {
        const done = this.#requests.get(one.id);
        this.#requests.delete(one.id);
        done?.(one);
      }
    }
  }
}
