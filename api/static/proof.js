// Lets this browser check the five proof lines, shows each, and replaces the page where one fails.
import { LINES, checkBundle } from "./checks.js";
import { fromBase64, moment, pinRevoked, pinnedWords, pinsOrFirst, seen } from "./pins.js";
import { readRevoked } from "./verifier.js";

const text = (tag, words, name = "") => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = words;
  return made;
};
const shapeOf = (mark) => document.querySelector(`#shapes [data-shape="${mark}"] svg`).cloneNode(true);
const hexOf = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

async function json(address, missing = false) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { accept: "application/json" } });
  if (missing && answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${address.split("?")[0]} answered ${answer.status}`);
  return answer.json();
}

function asking(log) {
  return {
    newest: (index) => json(`/v1/entries/${index}/proof`),
    witnessed: (index) => json(`/v1/entries/${index}/proof?witnessed=true`, true),
    consistency: async (first, last) => (await json(`${log}/api/v1/log/proof?firstSize=${first}&lastSize=${last}`)).hashes,
  };
}

function show(name, result) {
  const row = document.querySelector(`[data-proof="${name}"]`);
  if (row === null) return;
  row.querySelector(".sign").replaceChildren(shapeOf(result.mark));
  row.querySelector(".what").replaceChildren(text("span", result.word, `word is-${result.mark}`), " ", text("span", result.text));
}

const grouped = (value) => (/^[0-9a-f]+$/.test(value) ? value.match(/.{1,4}/g) : [value]);

function comparison({ expected, computed }) {
  const list = text("dl", "", "compare");
  const [left, right] = [grouped(expected[1]), grouped(computed[1])];
  for (const [label, own, other] of [[expected[0], left, right], [computed[0], right, left]]) {
    const value = text("dd", "", "mono");
    own.forEach((group, at) => value.append(text(group === other[at] ? "span" : "u", group), " "));
    list.append(text("dt", label), value);
  }
  return list;
}

function proofline(name, result) {
  const line = text("p", "", "proofline");
  line.append(text("span", name, "term"), shapeOf(result.mark), text("b", result.word, `is-${result.mark}`), text("span", result.text));
  return line;
}

/** A proof that failed is the page: the answer goes, and what to do stands in its place. */
function fail(lines, evidence, checked) {
  const bad = LINES.filter((name) => lines[name].mark === "invalid");
  const page = document.getElementById("failed-page").content.cloneNode(true);
  const slot = (name) => page.querySelector(`[data-slot="${name}"]`);
  slot("headline").textContent = `Do not rely on this record. ${headline(bad)}`;
  const what = bad.flatMap((name) => {
    const { compared } = lines[name];
    return [proofline(name, lines[name]), ...(compared ? [comparison(compared)] : [])];
  });
  slot("failed").replaceChildren(...what);
  slot("lines").replaceChildren(...LINES.map((name) => proofline(name, lines[name])));
  slot("checked").textContent = `${checked} The server had no part in this result.`;
  const file = new Blob([JSON.stringify(evidence, null, 1)], { type: "application/json" });
  slot("download").href = URL.createObjectURL(file);
  slot("size").textContent = `${Math.max(1, Math.round(file.size / 1000)).toLocaleString("en-US")} kB`;
  document.querySelector("main").replaceChildren(page);
  document.title = "Do not rely on this record – Whereof";
  scrollTo(0, 0);
  document.getElementById("sentence").focus();
}

const WORDS = {
  payload: "Its statement is not the one that was signed.",
  "signature, identity": "Its signature or certificate does not hold.",
  inclusion: "Its inclusion proof does not match the pinned log.",
  consistency: "The log shows another history than before.",
  witnesses: "A witness’s signature on the log does not hold.",
};
const headline = (bad) => (bad.length === 1 ? WORDS[bad[0]] : `${bad.length} of five proof lines fail.`);

/** What this browser knows to be revoked, with what the server says of it now; null where that cannot be read. */
async function revokedNow(origin, address, pins) {
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) return null;
    const { revoked } = pinRevoked(origin, pins, readRevoked(new Uint8Array(await answer.arrayBuffer())));
    return revoked.map(({ key, since }) => ({ key: fromBase64(key), since }));
  } catch {
    return null;
  }
}

async function main(place) {
  const { origin, root, revocations, log, bundle: address, command } = place.dataset;
  const note = document.getElementById("checked-by");
  try {
    const bundle = await json(address);
    const { pins, first } = await pinsOrFirst(origin, root);
    const revoked = await revokedNow(origin, revocations, pins);
    const { lines, head } = await checkBundle(bundle, { origin, pins: { ...pins, root: fromBase64(pins.root), revoked }, ask: asking(log) });
    for (const name of LINES) show(name, lines[name]);
    const words = `Checked in this browser at ${moment()}Z, ${pinnedWords(pins, first)}.`;
    if (LINES.some((name) => lines[name].mark === "invalid")) {
      fail(lines, { page: location.href, checked_at: moment(), lines, bundle, pinned: pins }, words);
      return;
    }
    if (head !== null) seen(origin, { size: head.size, root: hexOf(head.root) });
    note.replaceChildren(words, " ", link("/keys", "Pinned keys"), ". ", "Check it without us: ", text("code", command));
  } catch (problem) {
    note.replaceChildren(`This browser could not check: ${problem.message}. Run `, text("code", command));
  }
}

function link(href, words) {
  const made = text("a", words);
  made.href = href;
  return made;
}

const place = document.getElementById("shapes");
if (place !== null) main(place);
