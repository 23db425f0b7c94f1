// Elements, made and brought up to date. Text enters the page here alone, as
// text: nothing in this program parses HTML, and the page's policy forbids it.

const SVG = "http://www.w3.org/2000/svg";
const svgTags = new Set(["svg", "path", "rect", "circle", "line", "polyline", "polygon", "g"]);

// h makes an element. Properties: "class" and other attributes by name (false,
// null and undefined leave one out, true makes it empty), on* listeners, key (its
// identity among its siblings, for patch), vars (custom style properties).
// Children are nodes, strings, numbers, lists of those, or nothing.
export function h(tag, props, ...children) {
  const el = svgTags.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  el.quire = { key: undefined, on: {}, vars: {} };
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "key") el.quire.key = String(value);
    else if (name === "vars") setVars(el, value);
    else if (name.startsWith("on")) listen(el, name.slice(2), value);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  append(el, children);
  return el;
}

function append(el, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(el, child);
    else if (child instanceof Node) el.append(child);
    else if (child !== null && child !== undefined && child !== false) el.append(String(child));
  }
}

// A listener looks its function up when it fires, so that patch can replace it.
function listen(el, type, fn) {
  if (!(type in el.quire.on)) el.addEventListener(type, (event) => el.quire.on[type]?.(event));
  el.quire.on[type] = fn;
}

function setVars(el, vars) {
  for (const [name, value] of Object.entries(vars)) {
    if (el.quire.vars[name] === value) continue;
    el.style.setProperty(`--${name}`, String(value));
    el.quire.vars[name] = value;
  }
}

// patch makes the children of one element those of another, and keeps what can
// stay: focus, selection, scroll positions and open details survive an update.
// Children that are new, and have a key, are marked with data-fresh.
export function patch(into, from) {
  const old = new Map();
  for (const child of into.childNodes) {
    if (child.quire?.key !== undefined) old.set(child.quire.key, child);
  }
  const wanted = new Set();
  for (const child of from.childNodes) wanted.add(child.quire?.key);
  for (const [key, child] of old) {
    if (wanted.has(key)) continue;
    child.remove();
    old.delete(key);
  }
  let at = into.firstChild;
  for (let next = from.firstChild, following; next; next = following) {
    following = next.nextSibling;
    const key = next.quire?.key;
    let match = key === undefined ? at : old.get(key);
    if (match && same(match, next)) {
      if (match === at) at = at.nextSibling;
      else into.insertBefore(match, at);
      update(match, next);
    } else {
      if (key !== undefined) next.setAttribute("data-fresh", "");
      into.insertBefore(next, at);
      // What stood here without a key makes room at once, and so nothing drifts.
      if (key === undefined && at && at.quire?.key === undefined) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
    }
    if (key !== undefined) old.delete(key);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function same(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.quire?.key === b.quire?.key;
}

// kept are attributes that say how an element is used, not what it is.
const kept = new Set(["style", "open", "data-fresh"]);

function update(el, from) {
  if (el.nodeType !== Node.ELEMENT_NODE) {
    if (el.nodeValue !== from.nodeValue) el.nodeValue = from.nodeValue;
    return;
  }
  if (el.hasAttribute("data-own")) return; // what people type is theirs, and buttons at work are their own
  for (const { name } of [...el.attributes]) {
    if (!kept.has(name) && !from.hasAttribute(name)) el.removeAttribute(name);
  }
  for (const { name, value } of from.attributes) {
    if (name !== "style" && el.getAttribute(name) !== value) el.setAttribute(name, value);
  }
  if (el.quire && from.quire) {
    for (const [type, fn] of Object.entries(from.quire.on)) listen(el, type, fn);
    setVars(el, from.quire.vars);
  }
  patch(el, from);
}
