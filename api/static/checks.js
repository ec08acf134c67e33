// The five proof lines of one bundle, checked against what the reader pinned. Pure but for `ask`, which fetches proofs.
import {
  Bad, Unknown, blob, childOf, ed25519Key, envelopeParts, expect, fromHex, hex, joined, leafHash, listOf, namedIn, nodeHash,
  openNote, paeOf, plain, readCertificate, readJson, readNote, readRoot, requireBody, requireIncluded, requirePath,
  requireSct, requireShape, revoke, same, sha256, signedBy, textOf, timesOf, utf8, whole,
} from "./verifier.js";

export const LINES = ["payload", "signature, identity", "inclusion", "consistency", "witnesses"];
const number = (value) => value.toLocaleString("en-US");
const pass = (text) => ({ mark: "pass", word: "pass", text });
const invalid = (text, compared = null) => ({ mark: "invalid", word: "invalid", text, compared });
const unchecked = (text) => ({ mark: "indeterminate", word: "not checked", text });

/** Runs one line: what is bad is invalid, what cannot be known here is not checked. */
async function line(step) {
  try {
    return await step();
  } catch (err) {
    if (err instanceof Bad) return invalid(err.message, err.compared ?? null);
    return unchecked(err instanceof Unknown ? err.message : `It could not be checked: ${plain(err.message)}`);
  }
}

function differ(what, expected, computed) {
  const err = new Bad(what);
  err.compared = { expected, computed };
  throw err;
}

/** RFC 6962 2.1.2: whether the tree of `second` leaves continues the one of `first`. */
export function continues([first, firstRoot], [second, secondRoot], hashes) {
  if (first === second) return hashes.length === 0 && same(firstRoot, secondRoot);
  if (!(first > 0 && first < second) || hashes.some((one) => one.length !== 32)) return false;
  const half = (value) => Math.floor(value / 2);
  let at = first - 1;
  let last = second - 1;
  while (at % 2) { at = half(at); last = half(last); }
  const path = at === 0 ? [firstRoot, ...hashes] : [...hashes];
  if (path.length === 0) return false;
  let [old, now] = [path[0], path[0]];
  for (const one of path.slice(1)) {
    if (last === 0) return false;
    if (at % 2 || at === last) {
      old = nodeHash(one, old);
      now = nodeHash(one, now);
      while (at % 2 === 0 && at) { at = half(at); last = half(last); }
    } else {
      now = nodeHash(now, one);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && same(old, firstRoot) && same(now, secondRoot);
}

/** Reads a witness's vkey: name, hint and key; throws Bad when it is none. */
export function readWitness(vkey) {
  const [name, hint, ...rest] = vkey.trim().split("+");
  const raw = blob(rest.join("+"));
  const expected = sha256(utf8(`${name}\n`), raw).slice(0, 4);
  expect(Boolean(name) && raw.length === 33 && raw[0] === 4 && hint === hex(expected), "this is no key of a witness");
  return { name, hint: expected, key: ed25519Key(raw.slice(1)) };
}

/** Says whether a witness signed this head, and when; null when it did not. */
async function cosignedAt(head, witness) {
  for (const one of head.lines) {
    if (one.name !== witness.name || !same(one.hint, witness.hint)) continue;
    expect(one.signature.length === 72, "a cosignature is malformed");
    let at = 0;
    for (const byte of one.signature.slice(0, 8)) at = at * 256 + byte;
    const message = joined(utf8(`cosignature/v1\ntime ${at}\n`), head.message);
    const good = await signedBy(witness.key, one.signature.slice(8), message);
    expect(good, `the cosignature of ${plain(witness.name)} does not hold`);
    return at;
  }
  return null;
}

function read(bundle) {
  const material = childOf(bundle, "verificationMaterial");
  const entries = listOf(material, "tlogEntries");
  expect(entries.length === 1, "a bundle must have one log entry");
  const [entry] = entries;
  requireShape(bundle, material, entry);
  const certificate = readCertificate(blob(childOf(material, "certificate").rawBytes));
  return { ...envelopeParts(childOf(bundle, "dsseEnvelope")), material, entry, certificate };
}

function payloadLine(one) {
  const digest = hex(sha256(one.payload));
  const stated = readJson(blob(one.entry.canonicalizedBody)).spec?.payloadHash?.value;
  if (stated !== digest) {
    differ("SHA-256 of the statement is not the signed digest", ["digest in the log entry", String(stated)], ["computed here", digest]);
  }
  requireBody(blob(one.entry.canonicalizedBody), one, one.certificate.der);
  return pass(`SHA-256 of the statement equals the signed digest ${digest.slice(0, 12)}`);
}

async function signatureLine(one, root, log, revoked) {
  expect(await signedBy(one.certificate.spki, one.signature, paeOf(one)), "The signature does not hold under its certificate");
  // A list that cannot be read might name the very authority that matters here.
  if (revoked === null) throw new Unknown("Which authorities are revoked could not be read");
  revoke(root, revoked);
  const cut = [...root.authorities, ...root.stampers].filter((each) => each.revoked).length;
  const times = await proved(one, root, log, cut);
  if (times.length === 0) throw new Unknown("Only a revoked authority says when it was signed");
  const [name, issuer] = namedIn(one.certificate);
  const when = new Date(times[0]).toISOString().replace("T", " ").slice(0, 19);
  const left = cut ? `as the revocation of ${cut} of its authorities leaves it` : "which no revocation touches";
  return pass(`Leaf certificate for ${plain(name)}, issuer ${plain(issuer)}, under the pinned root, ${left}, stamped ${when}Z`);
}

// The proved times, at each of which the certificate leads to the root.
async function proved(one, root, log, cut) {
  try {
    const times = await timesOf({ root }, one, log);
    for (const at of times) {
      const issuer = await requirePath(one.certificate, at, root);
      if (at === times[0]) await requireSct(one.certificate, issuer, root);
    }
    return times;
  } catch (err) {
    if (cut && err instanceof Bad) throw new Bad(`${err.message}; ${cut} of the root’s authorities revoked`);
    throw err;
  }
}

/** Leads a leaf to the root of a note that the pinned log signed, and gives that head. */
async function included(leaf, [index, size, hashes], note, log) {
  const head = await openNote(utf8(note), log);
  const place = `Leaf ${number(index)}`;
  expect(head.size === size, `${place}: the checkpoint is of size ${number(head.size)}, the proof of ${number(size)}`);
  try {
    requireIncluded(leaf, [index, size], hashes, head.root);
  } catch (err) {
    const computed = rootFrom(leaf, [index, size], hashes);
    if (computed === null) throw err;
    differ(`${place} does not lead to the root that the log signed for size ${number(size)}`, ["root signed by the log", hex(head.root)], ["root computed here", hex(computed)]);
  }
  return { size, root: head.root };
}

function rootFrom(leaf, [index, size], hashes) {
  let [at, last, found] = [index, size - 1, leaf];
  const half = (value) => Math.floor(value / 2);
  for (const one of hashes) {
    if (last <= 0) return null;
    if (at % 2 || at === last) {
      found = nodeHash(one, found);
      while (at % 2 === 0 && at) { at = half(at); last = half(last); }
    } else {
      found = nodeHash(found, one);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 ? found : null;
}

async function consistencyLine({ pins, ask, log, leaf }, own) {
  const index = own.index;
  const now = await ask.newest(index);
  const newest = await included(leaf, [index, whole(now.tree_size), now.hashes.map(fromHex)], now.sigstore_checkpoint ?? "", log);
  const seen = Object.entries(pins.heads ?? {}).map(([size, root]) => [Number(size), fromHex(root)]);
  const last = seen.filter(([size]) => size <= newest.size).sort((one, other) => other[0] - one[0])[0];
  const ahead = seen.find(([size]) => size > newest.size);
  if (ahead) throw new Bad(`This browser has seen a tree of size ${number(ahead[0])}, and the log now shows ${number(newest.size)}: it went back`);
  for (const [size, root] of [[own.size, own.root], ...(last ? [last] : [])]) {
    if (size === newest.size) {
      if (!same(root, newest.root)) differ(`Two trees of size ${number(size)}: the log shows another tree than before`, ["root seen before", hex(root)], ["root shown now", hex(newest.root)]);
      continue;
    }
    const proof = await ask.consistency(size, newest.size);
    expect(continues([size, root], [newest.size, newest.root], proof.map(fromHex)), `The tree of size ${number(newest.size)} does not continue the one of size ${number(size)}`);
  }
  const result = last
    ? pass(`From your last seen size ${number(last[0])} to ${number(newest.size)}`)
    : unchecked(`This browser had seen no tree of this log. Size ${number(newest.size)} is remembered from now on`);
  return { ...result, head: newest };
}

async function witnessLine({ pins, ask, origin, leaf }, index) {
  const keys = (pins.witnesses ?? []).map(readWitness);
  if (keys.length === 0) return unchecked("No witness is pinned in this browser. Pin the keys of witnesses that you chose");
  const proof = await ask.witnessed(index);
  if (proof === null) return unchecked("No witness has cosigned a tree with this entry yet");
  const head = readNote(utf8(proof.checkpoint ?? ""));
  expect(head.origin === origin && head.size === whole(proof.tree_size), "The cosigned checkpoint is of another log or size");
  requireIncluded(leaf, [index, head.size], proof.hashes.map(fromHex), head.root);
  const signed = [];
  for (const one of keys) if ((await cosignedAt(head, one)) !== null) signed.push(plain(one.name));
  const count = `${signed.length} of ${keys.length} pinned`;
  if (signed.length === 0) return unchecked(`${count} have cosigned size ${number(head.size)}`);
  return pass(`${count} cosigned size ${number(head.size)}: ${signed.join(", ")}`);
}

/**
 * All five lines. `pins`: `{ root: bytes of a trusted root, heads, witnesses, revoked: rows of `readRevoked`,
 * null where they could not be read }`. `ask`: `newest(index)`, `witnessed(index)` (null while there is none) and
 * `consistency(first, last)` give what `/v1` and the log give.
 */
export async function checkBundle(bundle, { origin, pins, ask }) {
  const lines = Object.fromEntries(LINES.map((name) => [name, unchecked("The bundle does not parse")]));
  let one;
  try {
    one = read(bundle);
  } catch (err) {
    lines.payload = invalid(`The bundle is malformed: ${plain(err.message)}`);
    return { lines, head: null };
  }
  const root = readRoot(pins.root);
  const body = blob(one.entry.canonicalizedBody);
  const leaf = leafHash(body);
  const log = root.logs.find((each) => same(each.id, blob(one.entry.logId.keyId))) ?? null;
  lines.payload = await line(() => payloadLine(one));
  if (log === null) {
    const theirs = readNote(utf8(textOf(one.entry.inclusionProof.checkpoint, "envelope"))).origin.replace(/ - [0-9]{1,20}$/, "");
    const changed = theirs === origin;
    const why = "The key that it would be checked with is not pinned";
    for (const name of LINES.slice(1)) lines[name] = unchecked(why);
    lines.inclusion = changed ? invalid(`The log’s key is not the one that this browser pinned on ${pins.at}`) : unchecked(`It is in another log, ${plain(theirs)}, which is not pinned`);
    return { lines, head: null };
  }
  lines["signature, identity"] = await line(() => signatureLine(one, root, log, pins.revoked ?? null));
  const proof = one.entry.inclusionProof;
  let own = null;
  lines.inclusion = await line(async () => {
    const index = whole(proof.logIndex);
    const place = [index, whole(proof.treeSize), listOf(proof, "hashes").map(blob)];
    own = { index, ...(await included(leaf, place, textOf(proof.checkpoint, "envelope"), log)) };
    return pass(`Leaf ${number(index)} in the tree of ${number(own.size)}`);
  });
  if (own === null) {
    lines.consistency = unchecked("It would start from a root that failed");
    lines.witnesses = unchecked("Same reason");
    return { lines, head: null };
  }
  const ground = { pins, ask, origin, log, leaf };
  lines.consistency = await line(() => consistencyLine(ground, own));
  lines.witnesses = await line(() => witnessLine(ground, own.index));
  const bad = LINES.some((name) => lines[name].mark === "invalid");
  return { lines, head: bad ? null : (lines.consistency.head ?? null) };
}
