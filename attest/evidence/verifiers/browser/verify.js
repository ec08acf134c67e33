// Section 8: what is given, the order of the checks, and the result.
const CLAIMS = "archive manifest question trust head window entries signatures certificates times complete parts witnesses anchors".split(" ");
const OPTIONAL = ["parts", "witnesses", "anchors"];
const MAX_SHOWN = 100;
const NEEDED_FILES = [
  "data/head/checkpoint", "data/head/checkpoint.sigstore", "data/outside.txt", "data/trust/trusted_root.json",
  "data/trust/log.vkey", "data/window.txt",
];

class Result {
  constructor() {
    this.said = new Map();
    this.failures = [];
    this.failed = new Map();
    this.signers = new Map();
    this.needed = new Set(CLAIMS.filter((one) => !OPTIONAL.includes(one)));
  }

  fail(claim, place, what) {
    this.failed.set(claim, (this.failed.get(claim) ?? 0) + 1);
    if (this.failures.length < MAX_SHOWN) this.failures.push(plain(`${claim}: ${place}: ${what}`));
  }

  close(claim, detail, open = "") {
    if (this.failed.has(claim)) this.said.set(claim, ["FAILED", `${this.failed.get(claim)} failed`]);
    else this.said.set(claim, open ? ["not checked", open] : ["checked", detail]);
  }

  of(claim) { return this.said.get(claim) ?? ["not checked", "an earlier claim failed or could not be checked"]; }

  get code() {
    const states = CLAIMS.map((one) => [one, this.of(one)[0]]);
    if (states.some(([, state]) => state === "FAILED")) return 3;
    return states.some(([one, state]) => state === "not checked" && this.needed.has(one)) ? 5 : 0;
  }

  get verdict() {
    const those = (state) => CLAIMS.filter((one) => this.of(one)[0] === state);
    if (this.code === 3) return `INVALID: ${those("FAILED").join(", ")}: do not rely on this evidence; keep it and report it`;
    if (this.code === 5) return "not decided: " + those("not checked").filter((one) => this.needed.has(one)).join(", ");
    return "valid: every claim that is needed was checked and holds";
  }

  lines() {
    const signers = [...this.signers].sort().slice(0, MAX_SHOWN).map(([pair, count]) => {
      const [name, issuer] = JSON.parse(pair);
      return `  signer: ${name} by ${issuer}: ${count} entries`;
    });
    const claims = CLAIMS.map((one) => `${this.of(one)[0].padEnd(11)} ${one}: ${this.of(one)[1]}`);
    return [...claims, ...this.failures.map((one) => "  " + one), ...signers, this.verdict].map(plain);
  }
}

class Window_ {
  constructor(archive, facts, root, result) {
    Object.assign(this, { archive, facts, root, result });
    this.size = facts.head.size;
    this.head = fromHex(facts.head.root);
    this.first = facts.window.first;
    this.end = facts.window.end;
    this.log = logOf(root, facts.log);
    this.leaves = [];
    this.kinds = new Map();
    this.payloads = new Map();
    this.sessions = new Set();
    this.cosigned = null;
  }

  leaf(index) { return this.leaves[index - this.first] ?? new Uint8Array(0); }

  async statement(index) {
    const bundle = readJson(await this.archive.read(entryFile(index)));
    return readJson(blob(childOf(bundle, "dsseEnvelope").payload));
  }
}

async function readQuestion(archive) {
  const raw = await archive.read("data/bundle.json");
  const facts = readJson(raw);
  const version = textOf(facts, "bundle");
  if (version.startsWith("whereof-evidence/") && version !== "whereof-evidence/v1") {
    throw new Unknown("an unknown version of evidence bundles");
  }
  only(facts, "bundle log head window question entries parts trust");
  expect(version === "whereof-evidence/v1", "this is no evidence bundle");
  expect(same(raw, utf8(canonical(facts) + "\n")), "bundle.json is not in its one form");
  only(facts.head, "size root");
  only(facts.window, "first end");
  textOf(facts, "log");
  for (const one of [facts.head.size, facts.window.first, facts.window.end, facts.entries]) {
    expect(typeof one === "number", "a whole number is required");
    whole(one);
  }
  expect(facts.window.first < facts.window.end && facts.window.end <= facts.head.size, "there is no such window");
  expect(/^[0-9a-f]{64}$/.test(textOf(facts.head, "root")), "the root is malformed");
  expect(/^sha256:[0-9a-f]{64}$/.test(textOf(facts, "trust")), "the trust digest is malformed");
  expect(["none", "redacted"].includes(facts.parts), "a member is malformed");
  askedOf(facts);
  return facts;
}

// The keys of the question; none for an interval.
function askedOf(facts) {
  const question = childOf(facts, "question");
  const { kind } = question;
  if (kind === "interval") {
    only(question, "kind since until");
    const good = Object.values(question).every((one) => one === null || typeof one === "string");
    expect(good, "the question is malformed");
    return [];
  }
  expect(kind === "commits" || kind === "sessions", "an unknown kind of question");
  const form = kind === "commits" ? /^[0-9a-f]{40}([0-9a-f]{24})?$/ : /^ses_[0-9A-HJKMNP-TV-Z]{26}$/;
  only(question, kind === "commits" ? "kind commits asked" : "kind sessions");
  expect(kind !== "commits" || typeof question.asked === "string", "the question is malformed");
  const values = listOf(question, kind);
  const good = values.every((one) => typeof one === "string" && form.test(one));
  const fit = values.length > 0 && values.length <= 100000 && new Set(values).size === values.length;
  expect(good && fit, "the question is malformed");
  return values.map((one) => [kind === "commits" ? "git-commit" : "session", one]);
}

function wordsOf({ question }) {
  if (question.kind === "commits") return `${question.commits.length} commits, asked for as ${question.asked}`;
  if (question.kind === "sessions") {
    const more = question.sessions.length > 3 ? " \u2026" : "";
    return `${question.sessions.length} sessions: ${question.sessions.slice(0, 3).join(", ")}${more}`;
  }
  return `everything logged from ${question.since || "the beginning"} to ${question.until || "the head"}`;
}

async function questionOf(archive, result) {
  let facts = null;
  let open = "";
  try {
    facts = await readQuestion(archive);
    const more = facts.question.kind === "interval" ? "data/own.jsonl" : "data/answers.jsonl";
    for (const path of [...NEEDED_FILES, more]) if (!archive.has(path)) result.fail("question", "file " + path, "it is missing");
    const named = NEEDED_FILES[3];
    if (archive.has(named) && "sha256:" + hex(await archive.digest(named)) !== facts.trust) {
      result.fail("question", "file " + named, "it is not the root that the bundle says");
    }
  } catch (err) {
    if (err instanceof Unknown) open = err.message;
    else result.fail("question", "file data/bundle.json", err.what ?? "it does not parse");
  }
  result.close("question", facts ? wordsOf(facts) : "", open);
  return facts && !open && !result.failed.has("question") ? facts : null;
}

// `outside`: {file, name} or {digest} or {}.
async function trustOf(archive, facts, outside, result) {
  let own;
  let root;
  try {
    own = readRoot(await archive.read("data/trust/trusted_root.json"));
    root = outside.file ? readRoot(new Uint8Array(await outside.file.slice(0, 4194304).arrayBuffer())) : own;
    const revoked = [...outside.revoked ?? [], ...await revokedIn(archive)];
    for (const one of outside.stampers ? [root, outside.stampers] : [root]) revoke(one, revoked);
  } catch (err) {
    result.close("trust", "", "trusted root or revocations cannot be read: " + err.message);
    return null;
  }
  const inside = facts.trust.slice(7);
  if (outside.digest && outside.digest !== inside) {
    result.fail("trust", "file data/trust/trusted_root.json", "it has another digest than the one given");
  }
  const [given, held] = [logOf(root, facts.log), logOf(own, facts.log)];
  if (!given) {
    result.close("trust", "", "the root does not pin this log");
    return null;
  }
  if (outside.file) {
    const known = held && same(given.id, held.id);
    result.close("trust", `${outside.name}, sha256:${root.digest}`, known ? "" : "the root given does not pin this log with this key");
    return known ? root : null;
  }
  if (outside.digest) result.close("trust", `sha256:${inside}, as it was given`);
  else {
    result.close("trust", "", "against the root that came inside: proves only that it agrees with itself; compare sha256:" + inside);
  }
  return root;
}

async function checkHead(window_) {
  const { result, archive, facts } = window_;
  let open = "";
  const isHead = ({ size, root }) => expect(size === window_.size && same(root, window_.head), "a note is of another head than bundle.json says");
  try {
    const note = await archive.read("data/head/checkpoint.sigstore");
    const read = readNote(note);
    expect(read.lines.length === 1 && !read.more, "the Sigstore note is not in its one form");
    expect(read.origin === facts.log + " - 1", "the Sigstore note is of another log");
    isHead(await openNote(note, window_.log));
    const vkey = textFrom(await archive.read("data/trust/log.vkey", 1024));
    const second = await openC2sp(await archive.read("data/head/checkpoint"), vkey.slice(0, -1), facts.log);
    isHead(second);
    window_.cosigned = { ...second, vkey: vkey.slice(0, -1) };
  } catch (err) {
    if (err instanceof Unknown) open = err.message;
    else result.fail("head", "head", err.what ?? "it does not parse");
  }
  result.close("head", `size ${window_.size}, root ${hex(window_.head)}, both notes signed`, open);
}

async function checkWindow(window_) {
  const { result, archive, facts } = window_;
  let index = window_.first;
  try {
    for await (const line of archive.lines("data/window.txt")) {
      const found = /^(0|[1-9][0-9]{0,11}) ([0-9a-f]{64}) (entry|own|other)$/.exec(latin1(line));
      expect(found && Number(found[1]) === index, `the line of leaf ${index} is malformed or missing`);
      window_.leaves.push(fromHex(found[2]));
      if (found[3] !== "other") window_.kinds.set(index, found[3]);
      index++;
    }
    expect(index === window_.end, `the window has lines up to ${index}, not ${window_.end}`);
    const outside = [];
    for await (const line of archive.lines("data/outside.txt")) {
      expect(/^[0-9a-f]{64}$/.test(latin1(line)), "a line of outside.txt is malformed");
      outside.push(fromHex(latin1(line)));
    }
    const found = foldRoot(window_.first, window_.leaves, window_.size, outside);
    expect(same(found, window_.head), "the window leads to another root");
    const entries = [...window_.kinds].filter(([, kind]) => kind === "entry").map(([one]) => one);
    expect(entries.length === facts.entries, "the window has another number of entries");
    const ends = entries.length ? [entries[0], entries[entries.length - 1] + 1] : [window_.size - 1, window_.size];
    expect(ends[0] === window_.first && ends[1] === window_.end, "the window does not begin and end with an entry");
  } catch (err) {
    result.fail("window", "window", err.what ?? "it does not parse");
  }
  result.close("window", `leaves ${window_.first} to ${window_.end - 1} lead to the head, without a gap`);
}

// Checks one bundle, in a file or in volumes in order. `outside` is what is trusted: {file, name}, {digest} or {}, and `indexKeys`,
// `policy` (of readPolicy), `stampers` (of readRoot), `revoked` (of readRevoked).
async function checkBundle(files, outside, onProgress = async () => {}) {
  const result = new Result();
  let archive;
  try {
    archive = new Archive(await joinVolumes(Array.isArray(files) ? files : [files]));
    await archive.walk();
  } catch (err) {
    result.fail("archive", err.place ?? "", err.what ?? "it cannot be read");
    result.close("archive", "");
    return result;
  }
  result.close("archive", `${archive.members.size} files`);
  for await (const [path, what] of archive.manifestFaults()) result.fail("manifest", "file " + path, what);
  result.close("manifest", "every file has the digest that the manifests say");
  const facts = result.failed.has("manifest") ? null : await questionOf(archive, result);
  const root = facts ? await trustOf(archive, facts, outside, result) : null;
  if (!root) return result;
  const window_ = new Window_(archive, facts, root, result);
  window_.indexKeys = outside.indexKeys ?? [];
  const asked = askedOf(facts);
  const stages = [
    ["head", () => checkHead(window_)],
    ["window", () => checkWindow(window_)],
    ["entries", () => checkEntries(window_, onProgress)],
    ["complete", () => (asked.length ? checkListed(window_, asked) : checkInterval(window_))],
    ["parts", () => checkParts(window_)],
    ["witnesses", () => checkWitnesses(window_, outside.policy ?? null)],
    ["anchors", () => checkAnchors(window_, outside.stampers ?? null)],
  ];
  for (const [claim, stage] of stages) {
    try {
      await stage();
    } catch (err) {
      const open = err instanceof Unknown ? err.message : "";
      if (!open) result.fail(claim, "window", `it does not parse (${err.name})`);
      result.close(claim, "", open);
    }
  }
  return result;
}
