// Section 6: is it all? And section 7: the parts.
const KEY_KINDS = ["git-commit", "session", "repository", "predicate-type"];
const PART_STATES = ["erased", "here", "not-kept", "withheld"];
const NAMED = "\u0000";

function checkInterval(window_) {
  for (let index = window_.first; index < window_.end; index++) {
    if (!window_.kinds.has(index)) window_.result.fail("complete", "entry " + index, "it was withheld");
  }
  const ends = `every leaf from ${window_.first} to ${window_.end - 1} is here`;
  window_.result.close("complete", ends + "; that the interval ends there is not checked");
}

// An index of a private log is keyed: without its key nothing is decided.
class Locked extends Unknown {}

function hmac(key, data) {
  const block = new Uint8Array(64);
  block.set(key);
  return sha256(block.map((one) => one ^ 0x5c), sha256(block.map((one) => one ^ 0x36), data));
}

// Gives the index keys at hand, by the commitment that a log names: those given, and the one in the bundle.
async function indexKeys({ archive, indexKeys: given }) {
  const raws = archive.has("data/index-key") ? [...given, await archive.read("data/index-key", 1024)] : given;
  return new Map(raws.map((raw) => {
    const found = /^whereof-index-key\/v1 ([0-9a-f]{64})\n?$/.exec(latin1(raw));
    expect(found, "this is no index key");
    const secret = fromHex(found[1]);
    return ["hmac-sha256:" + hex(sha256(utf8("whereof-index-key/v1\n"), secret)), secret];
  }));
}

async function checkListed(window_, asked) {
  const { result, archive } = window_;
  const rows = new Map();
  await guarded(result, "complete", "file data/answers.jsonl", async () => {
    const note = await archive.read("data/head/checkpoint.sigstore");
    const keys = await indexKeys(window_);
    for await (const line of archive.lines("data/answers.jsonl")) await takeAnswer(window_, readJson(line), note, rows, keys);
  });
  const queue = asked.map((key) => key.join(NAMED));
  const reached = new Set(queue);
  const listed = new Set();
  for (const key of queue) { // grows while it is walked
    const [kind, value] = key.split(NAMED);
    if (!rows.has(key)) {
      result.fail("complete", `key ${kind} ${value}`, "nothing proves what is listed for it");
      continue;
    }
    for (const [index, payload] of rows.get(key)) {
      listed.add(index);
      for (const one of await followed(window_, [kind, value], index, payload)) {
        if (!reached.has(one)) { reached.add(one); queue.push(one); }
      }
    }
    if (queue.length > 200000) {
      result.fail("complete", "window", "the question leads to too many keys");
      break;
    }
  }
  for (const [index, kind] of window_.kinds) {
    if (kind === "entry" && !listed.has(index)) {
      result.fail("complete", "entry " + index, "it is listed under no key of the question");
    }
  }
  result.close("complete", `${listed.size} entries under ${queue.length} keys, all that the log lists at this head`);
}

async function takeAnswer(window_, answer, note, rows, keys) {
  only(answer, "answer log checkpoint indexLeaf live keys bundles");
  expect(answer.answer === "complete-answer/v1" && answer.log === window_.facts.log, "an unknown answer");
  const own = answer.checkpoint === textFrom(note) && listOf(answer, "bundles").length === 0;
  expect(own, "an answer is not of the bundle's head");
  const leaf = childOf(answer, "indexLeaf");
  only(leaf, "body envelope hashes");
  const [body, envelope] = [blob(leaf.body), blob(leaf.envelope)];
  const { size, root } = await openNote(note, window_.log);
  requireIncluded(leafHash(body), [size - 1, size], listOf(leaf, "hashes").map(blob), root);
  const parts = envelopeParts(readJson(envelope));
  requireBody(body, parts, bodyCertificate(body), envelope);
  const statement = readJson(parts.payload);
  expect(statement.predicateType === TYPES + "index/v1", "the last leaf is no index");
  const predicate = childOf(statement, "predicate");
  only(predicate, "range segment live keying", "extensions");
  const keying = textOf(predicate, "keying");
  expect(/^(sha256|hmac-sha256:[0-9a-f]{64})$/.test(keying), "the index is keyed in another way");
  if (keying !== "sha256" && !keys.has(keying)) throw new Locked("the log is private: its index key is not here (--index-key FILE)");
  const hashed = (key) => (keying === "sha256" ? sha256(utf8(key)) : hmac(keys.get(keying), sha256(utf8(key))));
  expect(whole(childOf(predicate, "range").end) === size, "the index is that of another tree");
  const live = readLive(blob(answer.live), fromHex(textOf(childOf(predicate, "live"), "root")), size);
  for (const one of listOf(answer, "keys")) {
    only(one, "kind value proofs");
    const [kind, value] = [textOf(one, "kind"), textOf(one, "value")];
    const key = kind + NAMED + value;
    expect(KEY_KINDS.includes(kind) && !rows.has(key), "a key is unknown, or answered twice");
    const proofs = listOf(one, "proofs");
    expect(proofs.length === live.length, "the proofs are not one for each live segment");
    rows.set(key, proofs.flatMap((proof, place) => rowsOf(hashed(key), live[place], proof)));
  }
}

async function followed(window_, [kind, value], index, payload) {
  const { result } = window_;
  const place = "entry " + index;
  if (window_.kinds.get(index) !== "entry") {
    result.fail("complete", place, `it was withheld: the log lists it for ${kind} ${value}`);
    return [];
  }
  const held = window_.payloads.get(index);
  const equal = held && same(held, payload);
  if (held && !equal) result.fail("complete", place, "the log lists another statement there");
  if (!equal || kind !== "git-commit") return [];
  const statement = await window_.statement(index);
  const predicate = member(statement, "predicate");
  if (!isObject(predicate)) return [];
  const session = member(predicate, "session");
  if (statement.predicateType === TYPES + "session/v1") {
    return typeof member(session, "id") === "string" ? ["session" + NAMED + session.id] : [];
  }
  if (statement.predicateType !== TYPES + "commit-link/v1") return [];
  const links = Array.isArray(predicate.links) ? predicate.links : [];
  return links.filter((link) => member(link, "commit") === value).flatMap((link) => [
    ...(Array.isArray(link.derivedFrom) ? link.derivedFrom : []).map((oid) => "git-commit" + NAMED + oid),
    ...(typeof link.session === "string" ? ["session" + NAMED + link.session] : []),
  ]);
}

async function checkParts(window_) {
  const { result, archive, facts } = window_;
  const asked = facts.parts === "redacted";
  const inParts = [...archive.members.keys()].filter((path) => path.startsWith("data/parts/"));
  const folders = [...new Set(inParts.map((path) => path.split("/")[2]))];
  if (!asked && !folders.length) {
    result.said.set("parts", ["none", "none were asked for"]);
    return;
  }
  const counts = Object.fromEntries(PART_STATES.map((state) => [state, 0]));
  for (const name of folders) {
    const index = /^[0-9]{12}$/.test(name) ? Number(name) : -1;
    if (!asked || !window_.sessions.has(index)) {
      const what = "it belongs to no session of the bundle, or was not asked for";
      result.fail("parts", "file data/parts/" + name, what);
      continue;
    }
    const there = new Set(inParts.filter((path) => path.startsWith(`data/parts/${name}/`)));
    await guarded(result, "parts", "entry " + index, () => checkFolder(window_, index, counts, there));
  }
  const detail = PART_STATES.map((state) => `${counts[state]} ${state}`).join(", ");
  result.close("parts", `${folders.length} sessions: ${detail}; why a part is not here is not checked`);
}

async function checkFolder(window_, index, counts, there) {
  const { archive, result } = window_;
  const folder = `data/parts/${numbered(index)}/`;
  const raw = await archive.read(folder + "list.json");
  const listed = listOf(readJson(raw), "parts");
  const statement = await window_.statement(index);
  const stated = childOf(childOf(statement, "predicate"), "parts");
  const leaves = listed.map((one) => leafHash(joined(utf8(textOf(one, "name") + "\0"), fromHex(one.commitment))));
  const good = stated.list === hex(sha256(raw)) && stated.root === hex(treeRoot(leaves));
  expect(good, "the list is not the one that the statement commits to");
  const lines = [];
  for await (const line of archive.lines(folder + "state.jsonl")) lines.push(readJson(line));
  expect(lines.length === listed.length, "state.jsonl has not one line for each part");
  there.delete(folder + "list.json");
  there.delete(folder + "state.jsonl");
  for (const [place, part] of listed.entries()) {
    const line = lines[place];
    only(line, "name state", "salt");
    const here = line.state === "here";
    const sound = line.name === part.name && PART_STATES.includes(line.state) && here === (line.salt !== undefined);
    expect(sound, "a line of state.jsonl is malformed");
    counts[line.state]++;
    const path = `${folder}${String(place).padStart(6, "0")}.part`;
    if (!here) continue;
    there.delete(path);
    await guarded(result, "parts", `part ${index} ${part.name}`, async () => {
      const salt = fromHex(line.salt);
      const size = archive.members.get(path)?.[1] ?? -1;
      expect(size === part.size && salt.length === 32, "it is missing, or of another size");
      expect(same(await archive.digest(path, salt), fromHex(part.commitment)), "it is not what the statement commits to");
    });
  }
  if (there.size) throw new Bad(`${[...there].sort()[0]} is of no part`);
}
