// The trusted root, pinned keys, and signed notes.
function momentOf(text) {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const at = parts ? Date.parse(parts[1] + parts[3]) : NaN;
  expect(Number.isFinite(at), "this is not a moment");
  return at + Number(parts[2] ?? 0) * 1000;
}

function validity(value) {
  return { start: momentOf(textOf(value, "start")), end: member(value, "end") === undefined ? Infinity : momentOf(value.end) };
}

const holdsAt = (pinned, at) => pinned.start <= at && at <= pinned.end;

function pinnedLog(value) {
  const key = childOf(value, "publicKey");
  const id = blob(member(childOf(value, "logId"), "keyId"));
  const spki = blob(key.rawBytes);
  keyKind(spki);
  const hint = member(value, "checkpointKeyId") === undefined ? id : blob(member(childOf(value, "checkpointKeyId"), "keyId"));
  return { name: textOf(value, "baseUrl"), id, hint, key: spki, ...validity(childOf(key, "validFor")) };
}

function pinnedAuthority(value) {
  const chain = listOf(childOf(value, "certChain"), "certificates").map((one) => readCertificate(blob(member(one, "rawBytes"))));
  expect(chain.length > 0, "an authority has no certificate");
  return { chain, ...validity(childOf(value, "validFor")) };
}

function readRoot(raw) {
  let top = readJson(raw);
  if (member(top, "trustedRoot") !== undefined) top = childOf(top, "trustedRoot");
  expect(textOf(top, "mediaType").includes("trustedroot"), "this is no trusted root");
  return {
    digest: hex(sha256(raw)),
    logs: listOf(top, "tlogs").map(pinnedLog),
    ctLogs: listOf(top, "ctlogs").map(pinnedLog),
    authorities: listOf(top, "certificateAuthorities").map(pinnedAuthority),
    stampers: listOf(top, "timestampAuthorities").map(pinnedAuthority),
  };
}

const logOf = (root, origin) => root.logs.find((one) => one.name === "https://" + origin) ?? null;

function readNote(note) {
  const text = textFrom(note);
  const cut = text.lastIndexOf("\n\n");
  const found = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)$/.exec(text.slice(0, cut) + "\n");
  expect(cut >= 0 && found && text.endsWith("\n"), "the checkpoint is malformed");
  const lines = text.slice(cut + 2, -1).split("\n").map((line) => {
    const [dash, name, ...rest] = line.split(" ");
    const raw = blob(rest.join(" "));
    expect(dash === "\u2014" && name && raw.length > 4, "a signature line is malformed");
    return { name, hint: raw.slice(0, 4), signature: raw.slice(4) };
  });
  const message = utf8(text.slice(0, cut) + "\n");
  return { origin: found[1], size: whole(found[2]), root: blob(found[3]), more: found[4], lines, message };
}

// Gives a head that a pinned log signed.
async function openNote(note, log) {
  const head = readNote(note);
  const name = log.name.split("://").pop();
  const names = [name, name.split("/")[0]];
  expect(names.includes(head.origin.replace(/ - [0-9]{1,20}$/, "")), "the checkpoint is of another log");
  const own = head.lines.filter((one) => same(one.hint, log.hint.slice(0, 4)));
  expect(own.some((one) => names.includes(one.name)), "the log has not signed the checkpoint");
  for (const one of own) {
    expect(await signedBy(log.key, one.signature, head.message), "the checkpoint's signature does not hold");
  }
  return head;
}

// A C2SP verifier key of a kind.
function readVkey(vkey, kind) {
  const [name, hint, ...rest] = vkey.split("+");
  const raw = blob(rest.join("+"));
  const expected = sha256(utf8(name + "\n"), raw).slice(0, 4);
  expect(raw.length === 33 && raw[0] === kind && hint === hex(expected), "this is no verifier key");
  return { name, hint: expected, key: raw.slice(1) };
}

// Gives a C2SP head and the signature lines of others.
async function openC2sp(note, vkey, origin) {
  const { name, hint: expected, key } = readVkey(vkey, 1);
  expect(name === origin, "log.vkey is of another log");
  const head = readNote(note);
  const isOwn = (one) => one.name === name && same(one.hint, expected);
  const own = head.lines.filter(isOwn);
  expect(head.origin === origin && own.length > 0, "the log has not signed the checkpoint");
  for (const one of own) {
    expect(await signedBy(ed25519Key(key), one.signature, head.message), "the checkpoint's signature does not hold");
  }
  return { ...head, others: head.lines.filter((one) => !isOwn(one)) };
}
