// Checks in this browser what a browser can check, and leaves every other proof line at "not checked" with its reason.
// Keys are those that this browser saw first: the log's key is pinned at the first visit and compared at every later one.

const HEX = [...Array(256).keys()].map((byte) => byte.toString(16).padStart(2, "0"));
export const hex = (bytes) => Array.from(bytes, (byte) => HEX[byte]).join("");
export const unbase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const same = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** RFC 6962 2.1.1: the root that an inclusion proof leads to; null when the proof has the wrong length. */
export async function rootOf(body, index, size, path) {
  if (!(index >= 0n && index < size)) return null;
  let hash = await sha256(joined([0], body));
  let node = index;
  let last = size - 1n;
  for (const sibling of path) {
    if (last === 0n || sibling.length !== 32) return null;
    if (node % 2n === 1n || node === last) {
      hash = await sha256(joined([1], sibling, hash));
      while (node % 2n === 0n && node !== 0n) { node /= 2n; last /= 2n; }
    } else {
      hash = await sha256(joined([1], hash, sibling));
    }
    node /= 2n;
    last /= 2n;
  }
  return last === 0n ? hash : null;
}

/** A DER ECDSA signature as the 64 bytes that WebCrypto takes; null when it is not one. */
export function rawSignature(der) {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der[1] > 0x7f) return null;
  const out = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    if (der[at] !== 2) return null;
    let number = der.slice(at + 2, at + 2 + der[at + 1]);
    at += 2 + der[at + 1];
    while (number.length > 1 && number[0] === 0) number = number.slice(1);
    if (number.length > 32) return null;
    out.set(number, end - number.length);
  }
  return at === der.length ? out : null;
}

/** The head that a Sigstore note signs, when its one signature is by this key; null otherwise. */
export async function openNote(note, origin, spki) {
  const split = note.indexOf("\n\n");
  if (split < 0) return null;
  const text = note.slice(0, split + 1);
  const [name, size, root] = text.split("\n");
  const lines = note.slice(split + 2).split("\n").filter((line) => line);
  if (name !== `${origin} - 1` || !/^(0|[1-9][0-9]{0,17})$/.test(size) || lines.length !== 1) return null;
  const parts = lines[0].split(" ");
  if (parts.length !== 3 || parts[0] !== "—" || parts[1] !== origin) return null;
  const signed = unbase64(parts[2]);
  if (!same(signed.slice(0, 4), (await sha256(spki)).slice(0, 4))) return null;
  const raw = rawSignature(signed.slice(4));
  if (raw === null) return null;
  const key = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, new TextEncoder().encode(text));
  return good ? { size: BigInt(size), root: unbase64(root) } : null;
}

const pass = (text) => ({ mark: "pass", word: "pass", text });
const invalid = (text) => ({ mark: "invalid", word: "invalid", text });
const unchecked = (text) => ({ mark: "indeterminate", word: "not checked", text });

/** All five lines for one bundle. `pinned` is what this browser remembers of the log, or null at the first visit. */
export async function checkBundle(bundle, { origin, spki, pinned, command }) {
  const ask = ` Run ${command}`;
  const lines = {
    "signature, identity": unchecked(`A browser does not check the certificate chain here.${ask}`),
    witnesses: unchecked(`No witness policy is pinned in this browser.${ask}`),
  };
  const entry = bundle.verificationMaterial.tlogEntries[0];
  const body = unbase64(entry.canonicalizedBody);
  const digest = hex(await sha256(unbase64(bundle.dsseEnvelope.payload)));
  const logged = JSON.parse(new TextDecoder().decode(body)).spec.payloadHash.value;
  lines.payload = digest === logged
    ? pass(`SHA-256 of the statement equals the digest in the log entry, ${digest.slice(0, 12)}`)
    : invalid(`SHA-256 of the statement is ${digest}, the log entry says ${logged}`);
  if (pinned !== null && pinned.spki !== btoa(String.fromCharCode(...spki))) {
    lines.inclusion = invalid(`The log's key is not the one this browser pinned on ${pinned.at}`);
    lines.consistency = unchecked("It would start from a key that changed");
    return { lines, head: null };
  }
  const proof = entry.inclusionProof;
  const head = await openNote(proof.checkpoint.envelope, origin, spki);
  const size = BigInt(proof.treeSize);
  const root = await rootOf(body, BigInt(proof.logIndex), size, proof.hashes.map(unbase64));
  if (head === null || head.size !== size || root === null || !same(root, head.root)) {
    lines.inclusion = invalid(`Leaf ${proof.logIndex} does not lead to a root that the log signed for size ${size}`);
    lines.consistency = unchecked("It would start from a root that failed");
    return { lines, head: null };
  }
  lines.inclusion = pass(`Leaf ${proof.logIndex} in the tree of size ${size}, head signed by the pinned log key`);
  const known = pinned?.heads?.[String(size)];
  if (known !== undefined) {
    lines.consistency = known === hex(root)
      ? pass(`The root for size ${size} is the one this browser saw before`)
      : invalid(`This browser saw root ${known} for size ${size}, now it is ${hex(root)}: two trees of one size`);
  } else {
    lines.consistency = unchecked(`This browser has not seen size ${size} before and remembers it from now on.${ask}`);
  }
  return { lines, head: { size: String(size), root: hex(root) } };
}

const MAX_HEADS = 200;

function remembered(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

function remember(name, pinned, spki, head) {
  const heads = { ...pinned?.heads, [head.size]: head.root };
  const kept = Object.fromEntries(Object.entries(heads).slice(-MAX_HEADS));
  const at = pinned?.at ?? new Date().toISOString().slice(0, 10);
  try { localStorage.setItem(name, JSON.stringify({ spki: btoa(String.fromCharCode(...spki)), at, heads: kept })); } catch { /* no storage: nothing is pinned */ }
}

function show(line, result) {
  const row = document.querySelector(`[data-proof="${line}"]`);
  const shape = document.querySelector(`#shapes [data-shape="${result.mark}"] svg`);
  if (row === null || shape === null) return;
  row.querySelector(".sign").replaceChildren(shape.cloneNode(true));
  const word = document.createElement("span");
  word.className = `word is-${result.mark}`;
  word.textContent = result.word;
  const text = document.createElement("span");
  text.textContent = result.text;
  row.querySelector(".what").replaceChildren(word, " ", text);
}

async function main(place) {
  const { origin, key, bundle, command } = place.dataset;
  const spki = unbase64(key);
  const name = `whereof.log.${origin}`;
  const pinned = remembered(name);
  const note = document.getElementById("checked-by");
  try {
    const answer = await fetch(bundle, { credentials: "same-origin", headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`the bundle could not be fetched (${answer.status})`);
    const { lines, head } = await checkBundle(await answer.json(), { origin, spki, pinned, command });
    for (const [line, result] of Object.entries(lines)) show(line, result);
    const bad = Object.keys(lines).filter((line) => lines[line].mark === "invalid");
    if (bad.length > 0) {
      const alarm = document.getElementById("alarm");
      alarm.textContent = `Do not rely on this record. This browser found it invalid: ${bad.join(", ")}. Keep this page and the bundle, and call your security team.`;
      alarm.hidden = false;
    }
    if (head !== null && bad.length === 0) remember(name, pinned, spki, head);
    const since = pinned === null ? "pinned now, at the first visit" : `pinned ${pinned.at}`;
    note.textContent = `Checked in this browser at ${new Date().toISOString().replace("T", " ").slice(0, 19)}Z against the log key ${since}.`;
  } catch (problem) {
    note.textContent = `This browser could not check: ${problem.message}. Run ${command}`;
  }
}

if (typeof document !== "undefined") {
  const place = document.getElementById("shapes");
  if (place !== null) main(place);
}
