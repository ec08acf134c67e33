// What this browser pinned of a log: its trusted root, the tree heads that it saw, the
// witnesses that its reader chose, the authorities that it knows to be revoked.
const MAX_HEADS = 200;
const MAX_WITNESSES = 16;
const MAX_REVOKED = 1024;
const place = (origin) => `whereof.pins.${origin}`;
export const base64 = (bytes) => { let text = ""; for (const one of bytes) text += String.fromCharCode(one); return btoa(text); };
export const fromBase64 = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
export const today = () => new Date().toISOString().slice(0, 10);
export const moment = () => new Date().toISOString().replace("T", " ").slice(0, 19);

export async function digestOf(bytes) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(found, (one) => one.toString(16).padStart(2, "0")).join("");
}

/** Gives what is pinned of a log; null where nothing is, or what is there does not parse. */
export function pinsOf(origin) {
  try {
    const found = JSON.parse(localStorage.getItem(place(origin)));
    return found !== null && typeof found.root === "string" && typeof found.digest === "string" ? found : null;
  } catch {
    return null;
  }
}

function keep(origin, pins) {
  try { localStorage.setItem(place(origin), JSON.stringify(pins)); } catch { /* no storage: nothing stays pinned */ }
  return pins;
}

/** Pins a root that the reader brought, or, at a first visit, the one that the server shows. */
export async function pinRoot(origin, root, by) {
  const old = pinsOf(origin);
  const digest = await digestOf(root);
  const former = old !== null && old.digest !== digest ? [...(old.former ?? []), { digest: old.digest, at: old.at }] : (old?.former ?? []);
  return keep(origin, { at: today(), by, root: base64(root), digest, heads: old?.heads ?? {}, witnesses: old?.witnesses ?? [], revoked: old?.revoked ?? [], former });
}

export function pinWitnesses(origin, witnesses) {
  const old = pinsOf(origin);
  return old === null ? null : keep(origin, { ...old, witnesses: witnesses.slice(0, MAX_WITNESSES) });
}

/** Adds rows of a list (of `readRevoked`) to what this browser knows to be revoked: nothing is ever taken back. Throws when there are too many. */
export function pinRevoked(origin, pins, rows) {
  const old = pinsOf(origin) ?? pins;
  const known = new Map((old.revoked ?? []).map((one) => [one.key, one.since]));
  for (const { key, since } of rows) known.set(base64(key), Math.min(since, known.get(base64(key)) ?? Infinity));
  if (known.size > MAX_REVOKED) throw new Error("more authorities are revoked than this browser keeps");
  return keep(origin, { ...old, revoked: [...known].map(([key, since]) => ({ key, since })) });
}

/** Remembers a tree head that was checked. */
export function seen(origin, head) {
  const old = pinsOf(origin);
  if (old === null) return;
  const heads = Object.entries({ ...old.heads, [head.size]: head.root }).sort((one, other) => one[0] - other[0]);
  keep(origin, { ...old, heads: Object.fromEntries(heads.slice(-MAX_HEADS)) });
}

/** Gives the pins of a log, made now from what the server shows where this is the first visit. */
export async function pinsOrFirst(origin, rootAt) {
  const held = pinsOf(origin);
  if (held !== null) return { pins: held, first: false };
  const answer = await fetch(rootAt, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the trusted root could not be fetched (${answer.status})`);
  return { pins: await pinRoot(origin, new Uint8Array(await answer.arrayBuffer()), "visit"), first: true };
}

export function pinnedWords(pins, first) {
  if (first) return "keys pinned now, at the first visit, from this server’s own word: from here on a change shows";
  return pins.by === "visit" ? `keys pinned ${pins.at}, at the first visit` : `keys pinned ${pins.at} from a file that you chose`;
}
