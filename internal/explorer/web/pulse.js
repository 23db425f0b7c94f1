// The node's pulse: its state every two seconds, and what follows from it.

const WINDOW = 120_000; // milliseconds that are kept
const RECENT = 10_000;

const beats = []; // { at, seq }, the oldest first

// beat takes in a state.
export function beat(sync, at = performance.now()) {
  const last = beats.at(-1);
  if (last && sync.seq < last.seq) beats.length = 0; // layer 1 took something back
  beats.push({ at, seq: sync.seq });
  while (at - beats[0].at > WINDOW) beats.shift();
}

// pause forgets what was counted: there is a gap.
export function pause() {
  beats.length = 0;
}

// throughput is how many transfers were executed per second: of late, over a
// minute (null where that is not known), and between every two beats.
export function throughput() {
  const points = [];
  for (let i = 1; i < beats.length; i++) points.push(perSecond(beats[i - 1], beats[i]));
  return { now: since(RECENT), minute: since(60_000), points };
}

function since(ms) {
  const last = beats.at(-1);
  const first = beats.find((b) => last.at - b.at <= ms);
  return first && first !== last ? perSecond(first, last) : null;
}

function perSecond(a, b) {
  return (1000 * (b.seq - a.seq)) / Math.max(1, b.at - a.at);
}
