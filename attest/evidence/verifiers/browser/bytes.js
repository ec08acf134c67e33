// Bytes, text, base64, and JSON as it stands in evidence: no name twice, types as they must be.
class Bad extends Error {
  constructor(what, place = "") {
    super(what);
    this.what = what;
    this.place = place;
  }
}
// Something that cannot be checked here; nothing is said about it.
class Unknown extends Error {}

function expect(holds, what) {
  if (!holds) throw new Bad(what);
}

const utf8 = (text) => new TextEncoder().encode(text);
const latin1 = (bytes) => { let text = ""; for (const one of bytes) text += String.fromCharCode(one); return text; };
const hex = (bytes) => { let text = ""; for (const one of bytes) text += one.toString(16).padStart(2, "0"); return text; };
const plain = (text) => String(text).replace(/[^\x20-\x7e\u00a1-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\uffef]/g, "?");

function textFrom(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Bad("the text is not UTF-8");
  }
}

function fromHex(text) {
  expect(typeof text === "string" && /^([0-9a-f]{2})*$/i.test(text), "a value is not hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function same(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function order(one, other) {
  for (let at = 0; at < one.length && at < other.length; at++) if (one[at] !== other[at]) return one[at] - other[at];
  return one.length - other.length;
}

function joined(...pieces) {
  const out = new Uint8Array(pieces.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of pieces) { out.set(one, at); at += one.length; }
  return out;
}

// Canonical base64 alone.
function blob(value) {
  let text = null;
  try {
    if (typeof value === "string") text = atob(value);
  } catch { /* told below */ }
  if (text === null || btoa(text) !== value) throw new Bad("a value is not canonical base64");
  const out = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) out[at] = text.charCodeAt(at);
  return out;
}

// JSON.parse keeps the last of two equal names: look for them in the text.
function requireNamesOnce(text) {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  const open = [];
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (found[0] === "{") open.push(new Set());
    else if (found[0] === "[") open.push(null);
    else if (found[0] === "}" || found[0] === "]") open.pop();
    else if (/^\s*:/.test(text.slice(token.lastIndex, token.lastIndex + 40))) {
      const names = open[open.length - 1];
      const name = JSON.parse(found[0]);
      expect(names && !names.has(name), "a JSON name is there twice");
      names.add(name);
    }
  }
}

function readJson(bytes) {
  let value;
  const text = textFrom(bytes);
  try {
    value = JSON.parse(text);
  } catch {
    throw new Bad("the JSON does not parse");
  }
  requireNamesOnce(text);
  expect(isObject(value), "a JSON object is required");
  return value;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const member = (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);

function only(value, needed, more = "") {
  expect(isObject(value), "a JSON object is required");
  const names = needed.split(" ").filter(Boolean);
  const allowed = new Set([...names, ...more.split(" ")]);
  const good = names.every((name) => Object.hasOwn(value, name)) && Object.keys(value).every((name) => allowed.has(name));
  expect(good, "members differ: " + needed);
}

function textOf(value, name) {
  const found = member(value, name);
  expect(typeof found === "string", "a string is required: " + name);
  return found;
}

function childOf(value, name) {
  const found = member(value, name);
  expect(isObject(found), "an object is required: " + name);
  return found;
}

function listOf(value, name) {
  const found = member(value, name);
  expect(Array.isArray(found), "a list is required: " + name);
  return found;
}

// A whole number that is not negative, as JSON number or decimal string; above 2^53 this verifier cannot count.
function whole(value) {
  const found = typeof value === "string" && /^[0-9]{1,19}$/.test(value) ? Number(value) : value;
  expect(Number.isSafeInteger(found) && found >= 0, "a whole number is required");
  return found;
}

// RFC 8785 of what has whole numbers alone.
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (!isObject(value)) return JSON.stringify(value);
  return "{" + Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + canonical(value[name])).join(",") + "}";
}
