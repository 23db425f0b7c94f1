// Numbers, times and bytes as text. No amount is ever rounded: amounts are
// strings of decimal digits, counted as BigInt.

// grouped sets the digits of a whole number in threes.
export function grouped(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

// isWhole says whether a value is a whole number in decimal digits.
export function isWhole(s) {
  return /^\d+$/.test(String(s));
}

// amount writes a whole number of base units in units of 10^decimals of them.
// Without decimals, or if it is not a number, it stays as it is.
export function amount(raw, decimals) {
  if (!isWhole(raw)) return String(raw);
  const digits = BigInt(raw).toString();
  if (!Number.isInteger(decimals) || decimals <= 0 || decimals > 77) return grouped(digits);
  const padded = digits.padStart(decimals + 1, "0");
  const whole = padded.slice(0, -decimals);
  const fraction = padded.slice(-decimals).replace(/0+$/, "");
  return grouped(whole) + (fraction && `.${fraction}`);
}

// short keeps both ends of long hexadecimal digits.
export function short(hex, ends = 6) {
  const s = String(hex);
  return s.length <= 2 * ends + 4 ? s : `${s.slice(0, ends + 2)}…${s.slice(-ends)}`;
}

// span writes a span of milliseconds, in its two largest units.
export function span(ms) {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0) return `−${span(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 10) return `${trim(s.toFixed(1))} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const parts = [
    ["d", Math.floor(s / 86400)],
    ["h", Math.floor(s / 3600) % 24],
    ["min", Math.floor(s / 60) % 60],
    ["s", Math.floor(s) % 60],
  ];
  const first = parts.findIndex(([, n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([, n]) => n > 0)
    .map(([unit, n]) => `${n} ${unit}`)
    .join(" ");
}

// ago writes how long before now a time in Unix milliseconds is.
export function ago(ms, now = Date.now()) {
  const d = now - ms;
  if (Math.abs(d) < 2000) return "just now";
  if (d < 0) return `in ${largest(-d)}`;
  return `${largest(d)} ago`;
}

function largest(ms) {
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

// instant writes a time in full, in UTC.
export function instant(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "–";
  return date.toISOString().replace("T", " ").replace(/\.(\d+)Z$/, (_, f) => (f === "000" ? " UTC" : `.${f} UTC`));
}

// size writes a number of bytes.
export function size(n) {
  if (n < 1024) return `${n} bytes`;
  if (n < 1024 * 1024) return `${trim((n / 1024).toFixed(1))} KiB`;
  return `${trim((n / 1024 / 1024).toFixed(1))} MiB`;
}

// rate writes a number for each second.
export function rate(n) {
  if (!Number.isFinite(n)) return "–";
  if (n >= 100) return grouped(Math.round(n));
  return trim(n.toFixed(n >= 10 ? 1 : 2));
}

// share writes a part of a whole.
export function share(part, whole) {
  if (!(whole > 0)) return "–";
  return `${Math.floor((100 * part) / whole)}%`;
}

export function plural(n, one, many = `${one}s`) {
  return `${grouped(n)} ${Number(n) === 1 ? one : many}`;
}

function trim(s) {
  return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
}
