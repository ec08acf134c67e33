// Section 5: each entry's bundle, told apart from every other.
const TYPES = "https://whereof.dev/attestation/";
const MEDIA_TYPES = [
  "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3",
];
const numbered = (index) => String(index).padStart(12, "0");
const entryFile = (index) => `data/entries/${numbered(index)}.sigstore.json`;
const leafFile = (index) => `data/entries/${numbered(index)}.leaf.json`;

// Does one step; what fails is noted.
async function guarded(result, claim, place, step) {
  try {
    await step();
    return true;
  } catch (err) {
    if (err instanceof Unknown) throw err;
    result.fail(claim, place, err.what ?? `it does not parse (${err.name})`);
    return false;
  }
}

function envelopeParts(envelope) {
  only(envelope, "payload payloadType signatures");
  const signatures = listOf(envelope, "signatures");
  expect(signatures.length === 1, "an envelope must have one signature");
  only(signatures[0], "sig", "keyid");
  return { payload: blob(envelope.payload), signature: blob(signatures[0].sig), kind: textOf(envelope, "payloadType") };
}

function paeOf({ kind, payload }) {
  return joined(utf8(`DSSEv1 ${utf8(kind).length} ${kind} ${payload.length} `), payload);
}

function pemDer(pem) {
  const found = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?$/.exec(latin1(pem));
  expect(found, "the verifier in the log entry is not one PEM block");
  return blob(found[1].replaceAll("\n", ""));
}

function requireBody(body, parts, der, envelope = null) {
  const top = readJson(body);
  if (top.kind !== "dsse" || top.apiVersion !== "0.0.1") {
    throw new Bad("an entry is of a kind that this verifier does not read");
  }
  only(top, "apiVersion kind spec");
  only(top.spec, "envelopeHash payloadHash signatures");
  const says = (stated, data) => canonical(stated) === canonical({ algorithm: "sha256", value: hex(sha256(data)) });
  expect(says(top.spec.payloadHash, parts.payload), "the log entry is about another payload");
  if (envelope) expect(says(top.spec.envelopeHash, envelope), "the log entry is about another envelope");
  const signatures = listOf(top.spec, "signatures");
  expect(signatures.length === 1, "the log entry must have one signature");
  only(signatures[0], "signature verifier");
  expect(same(blob(signatures[0].signature), parts.signature), "the log entry is about another signature");
  expect(same(pemDer(blob(signatures[0].verifier)), der), "the log entry is about another key");
}

function bodyCertificate(body) {
  const signatures = listOf(childOf(readJson(body), "spec"), "signatures");
  return pemDer(blob(textOf(signatures[0] ?? {}, "verifier")));
}

function requireShape(bundle, material, entry) {
  only(bundle, "mediaType verificationMaterial dsseEnvelope");
  expect(MEDIA_TYPES.includes(bundle.mediaType), "an unknown version of bundles");
  only(material, "certificate tlogEntries", "timestampVerificationData");
  only(material.certificate, "rawBytes");
  const stamps = material.timestampVerificationData ?? { rfc3161Timestamps: [] };
  only(stamps, "", "rfc3161Timestamps");
  const tokens = (stamps.rfc3161Timestamps === undefined ? [] : listOf(stamps, "rfc3161Timestamps")).map((one) => {
    only(one, "signedTimestamp");
    blob(one.signedTimestamp);
    return one.signedTimestamp;
  });
  expect(new Set(tokens).size === tokens.length && tokens.length <= 32, "a time stamp is there twice, or there are too many");
  only(entry, "logIndex logId kindVersion inclusionProof canonicalizedBody", "integratedTime inclusionPromise");
  only(entry.logId, "keyId");
  expect(canonical(entry.kindVersion) === '{"kind":"dsse","version":"0.0.1"}', "an unknown kind of entry");
  blob(entry.canonicalizedBody);
  const proof = entry.inclusionProof;
  only(proof, "logIndex rootHash treeSize hashes checkpoint");
  only(proof.checkpoint, "envelope");
  textOf(proof.checkpoint, "envelope");
  for (const number of [entry.logIndex, proof.logIndex, proof.treeSize, entry.integratedTime ?? 0]) whole(number);
  for (const value of [proof.rootHash, ...listOf(proof, "hashes")]) {
    expect(blob(value).length === 32, "a hash has another length");
  }
  if (entry.inclusionPromise !== undefined) {
    only(entry.inclusionPromise, "signedEntryTimestamp");
    blob(entry.inclusionPromise.signedEntryTimestamp);
  }
}

// Checks one entry; true where most of it could not be checked under this root.
async function checkOne(window_, index) {
  const { result, archive, root } = window_;
  const place = "entry " + index;
  const foreign = archive.has(leafFile(index));
  let one;
  try {
    one = await readEntry(window_, index, foreign);
  } catch (err) {
    window_.payloads.delete(index);
    window_.sessions.delete(index);
    result.fail("entries", place, err.what ?? "it does not parse");
    return false;
  }
  const log = root.logs.find((each) => same(each.id, one.logId)) ?? null;
  if (foreign) {
    await guarded(result, "entries", place, () => requireOurs(window_, index, one));
    if (!log) return true;
  }
  await guarded(result, "entries", place, () => requireEntry(window_, index, one, log, foreign));
  await guarded(result, "signatures", place, async () => {
    expect(await signedBy(one.certificate.spki, one.signature, paeOf(one)), "the signature does not hold");
  });
  let times = [];
  await guarded(result, "times", place, async () => { times = await timesOf(window_, one, log); });
  await guarded(result, "certificates", place, async () => {
    for (const at of times) {
      const issuer = await requirePath(one.certificate, at, root);
      if (at === times[0]) await requireSct(one.certificate, issuer, root);
    }
    const signer = JSON.stringify(namedIn(one.certificate));
    result.signers.set(signer, (result.signers.get(signer) ?? 0) + 1);
  });
  return false;
}

async function readEntry(window_, index, foreign) {
  const bundle = readJson(await window_.archive.read(entryFile(index)));
  const parts = envelopeParts(childOf(bundle, "dsseEnvelope"));
  const material = childOf(bundle, "verificationMaterial");
  const certificate = readCertificate(blob(childOf(material, "certificate").rawBytes));
  const entries = listOf(material, "tlogEntries");
  expect(entries.length === 1, "a bundle must have one log entry");
  if (readJson(parts.payload).predicateType === TYPES + "session/v1") window_.sessions.add(index);
  window_.payloads.set(index, sha256(parts.payload));
  const logId = blob(childOf(entries[0], "logId").keyId);
  if (!foreign) requireShape(bundle, material, entries[0]);
  return { ...parts, certificate, material, entry: entries[0], logId };
}

async function requireEntry(window_, index, one, log, foreign) {
  const { entry } = one;
  expect(log, "the log is not pinned");
  const body = blob(entry.canonicalizedBody);
  const proof = childOf(entry, "inclusionProof");
  const place = [whole(proof.logIndex), whole(proof.treeSize)];
  if (!foreign) {
    const outer = whole(entry.logIndex);
    expect(outer === index && place[0] === index, "its bundle is that of entry " + outer);
    expect(log === window_.log, "it is of another log");
    expect(same(leafHash(body), window_.leaf(index)), "it is not the leaf that the window says");
  }
  const root = blob(proof.rootHash);
  requireIncluded(leafHash(body), place, listOf(proof, "hashes").map(blob), root);
  const head = await openNote(utf8(textOf(childOf(proof, "checkpoint"), "envelope")), log);
  expect(head.size === place[1] && same(head.root, root), "the checkpoint is of another tree");
  requireBody(body, one, one.certificate.der);
}

async function requireOurs(window_, index, one) {
  const held = readJson(await window_.archive.read(leafFile(index)));
  only(held, "body envelope");
  const [body, envelope] = [blob(held.body), blob(held.envelope)];
  expect(same(leafHash(body), window_.leaf(index)), "it is not the leaf that the window says");
  const own = envelopeParts(readJson(envelope));
  expect(same(own.payload, one.payload) && same(own.signature, one.signature), "our leaf is about another statement");
  requireBody(body, own, bodyCertificate(body), envelope);
}

async function timesOf(window_, { material, entry, signature }, log) {
  expect(log, "the log is not pinned");
  const times = [];
  let doubted = false;
  for (const one of material.timestampVerificationData?.rfc3161Timestamps ?? []) {
    try {
      times.push(await timeStamped(blob(one.signedTimestamp), signature, window_.root));
    } catch (err) {
      if (!(err instanceof Doubted)) throw err;
      doubted = true;
    }
  }
  const promise = entry.inclusionPromise?.signedEntryTimestamp;
  if (promise !== undefined) {
    const at = whole(entry.integratedTime);
    const signed = `{"body":"${textOf(entry, "canonicalizedBody")}","integratedTime":${at},"logID":"${hex(log.id)}","logIndex":${whole(entry.logIndex)}}`;
    expect(await signedBy(log.key, blob(promise), utf8(signed)), "the entry timestamp's signature does not hold");
    times.push(at * 1000);
  }
  expect(times.length > 0 || doubted, "there is no proved time");
  if (!times.length) window_.undated = (window_.undated ?? 0) + 1;
  expect(times.every((at) => holdsAt(log, at)), "the log's key was not pinned for a proved time");
  return times;
}

async function checkEntries(window_, onEntry) {
  const { result, archive } = window_;
  const wanted = [...window_.kinds].filter(([, kind]) => kind === "entry").map(([index]) => index);
  for (const path of archive.members.keys()) {
    const found = /^data\/entries\/([0-9]{12})\.(sigstore|leaf)\.json$/.exec(path);
    if (path.startsWith("data/entries/") && (!found || window_.kinds.get(Number(found[1])) !== "entry")) {
      result.fail("entries", found ? "entry " + Number(found[1]) : "file " + path, "it is not an entry of the window");
    }
  }
  let elsewhere = 0;
  for (const [done, index] of wanted.entries()) {
    if (await checkOne(window_, index)) elsewhere++;
    if (done % 20 === 0) await onEntry(done, wanted.length);
  }
  await checkOwn(window_);
  const count = window_.facts.entries;
  const open = elsewhere ? `${elsewhere} entries are of a log that the root does not pin` : "";
  result.close("entries", `${count} statements are the leaves that the window says`, open);
  result.close("signatures", `${count} signatures hold under their certificates`, open);
  const undated = window_.undated ? `of ${window_.undated} entries only revoked authorities say when` : "";
  result.close("certificates", `${count} certificates lead to the root, with an SCT`, open || undated);
  result.close("times", `${count} entries have proved times`, open || undated);
}

async function checkOwn(window_) {
  const { result, archive } = window_;
  const found = new Set();
  await guarded(result, "entries", "file data/own.jsonl", async () => {
    if (!archive.has("data/own.jsonl")) return;
    for await (const line of archive.lines("data/own.jsonl")) {
      const held = readJson(line);
      only(held, "index body envelope");
      const index = whole(held.index);
      expect(window_.kinds.get(index) === "own" && !found.has(index), "a line is about no own leaf");
      found.add(index);
      await guarded(result, "entries", "entry " + index, () => requireOwn(window_, index, held));
    }
  });
  for (const [index, kind] of window_.kinds) {
    if (kind === "own" && !found.has(index)) result.fail("entries", "entry " + index, "the log's own leaf is missing");
  }
}

async function requireOwn(window_, index, held) {
  const [body, envelope] = [blob(held.body), blob(held.envelope)];
  expect(same(leafHash(body), window_.leaf(index)), "it is not the leaf that the window says");
  const der = bodyCertificate(body);
  const parts = envelopeParts(readJson(envelope));
  requireBody(body, parts, der, envelope);
  expect(await signedBy(readCertificate(der).spki, parts.signature, paeOf(parts)), "the signature does not hold");
  const stated = readJson(parts.payload).predicateType;
  expect([TYPES + "index/v1", TYPES + "log/v1"].includes(stated), "it is not one of the log's own leaves");
}
