// Section 5, time: RFC 3161 tokens.
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

// A time stamp by nobody who is pinned.
class Unpinned extends Bad {}

// A time stamp by a revoked authority: it proves no time.
class Doubted extends Unpinned {}

async function timeStamped(raw, message, root) {
  const outer = new Der(raw);
  const response = outer.inside(0x30);
  outer.end();
  expect(same(response.inside(0x30).number(), [0]), "the time stamp was not granted");
  const content = response.inside(0x30);
  expect(content.oid() === "1.2.840.113549.1.7.2", "the time stamp is no SignedData");
  const signed = content.inside(0xa0).inside(0x30);
  expect(same(signed.number(), [3]), "the version of SignedData");
  signed.take(0x31);
  const inner = signed.inside(0x30);
  expect(inner.oid() === "1.2.840.113549.1.9.16.1.4", "this is no time stamp");
  const info = inner.inside(0xa0).take(4)[0];
  const held = [];
  if (signed.peek() === 0xa0) {
    const inside = signed.inside(0xa0);
    while (inside.peek() >= 0) held.push(inside.take()[1]);
  }
  signed.skip(0xa1);
  const signers = signed.inside(0x31);
  signed.end();
  const signer = signers.inside(0x30);
  signers.end();
  const at = await stampInfo(info, message);
  await requireStamper(signer, { info, at, held }, root);
  return at;
}

async function stampInfo(raw, message) {
  const info = new Der(raw).inside(0x30);
  expect(same(info.number(), [1]), "the version of TSTInfo");
  info.oid();
  const imprint = info.inside(0x30);
  const name = HASHES[imprint.inside(0x30).oid()];
  expect(name, "the time stamp uses an unknown hash");
  expect(same(imprint.take(4)[0], await digestWith(name, message)), "the time stamp is over another signature");
  info.number();
  expect(info.peek() === 0x18, "the time of the stamp is malformed");
  const at = derTime(info);
  for (const optional of [0x30, 0x01, 0x02, 0xa0]) info.skip(optional);
  info.end();
  return at;
}

async function requireStamper(signer, stamp, root) {
  expect(same(signer.number(), [1]), "the version of SignerInfo");
  const sid = signer.inside(0x30);
  const issuer = sid.take()[1];
  const serial = sid.number();
  const digest = HASHES[signer.inside(0x30).oid()];
  expect(digest && signer.peek() === 0xa0, "the stamp's signer uses an unknown form");
  const [inside, all] = signer.take();
  signer.take(0x30);
  const signature = signer.take(4)[0];
  signer.skip(0xa1);
  signer.end();
  const attributes = stampAttributes(inside);
  const [named, hashed] = certificateHash(attributes);
  const attribute = (name) => new Der(attributes.get(name) ?? new Uint8Array(0));
  expect(attribute("1.2.840.113549.1.9.3").oid() === "1.2.840.113549.1.9.16.1.4", "the content type");
  const expected = attribute("1.2.840.113549.1.9.4").take(4)[0];
  expect(same(expected, await digestWith(digest, stamp.info)), "the stamp's attributes are over something else");
  const signed = joined(Uint8Array.of(0x31), all.subarray(1));
  for (const one of root.stampers) {
    const [leaf] = one.chain;
    if (!same(leaf.serial, serial) || !same(leaf.issuer, issuer) || one.chain.length < 2) continue;
    const among = !stamp.held.length || stamp.held.some((der) => same(der, leaf.der));
    if (!same(await digestWith(named, leaf.der), hashed) || !among || !holdsAt(one, stamp.at)) continue;
    const purposes = purposesOf(leaf);
    const may = purposes?.critical && purposes.names.length === 1 && purposes.names[0] === TIME_STAMPING;
    expect(may && (await chained(one.chain, stamp.at)), "the stamp's authority may not stamp, or not then");
    expect(await signedBy(leaf.spki, signature, signed, digest), "the stamp's signature does not hold");
    if (one.revoked) throw new Doubted("the time stamp is by a revoked authority");
    return;
  }
  throw new Unpinned("the time stamp is by no pinned authority");
}

function stampAttributes(raw) {
  const reader = new Der(raw);
  const found = new Map();
  while (reader.peek() >= 0) {
    const attribute = reader.inside(0x30);
    const name = attribute.oid();
    const values = attribute.inside(0x31);
    expect(!found.has(name), "an attribute of the stamp is there twice");
    found.set(name, values.take()[1]);
    values.end();
  }
  return found;
}

function certificateHash(attributes) {
  const newer = attributes.has("1.2.840.113549.1.9.16.2.47");
  const raw = attributes.get(newer ? "1.2.840.113549.1.9.16.2.47" : "1.2.840.113549.1.9.16.2.12");
  const first = new Der(raw ?? new Uint8Array(0)).inside(0x30).inside(0x30).inside(0x30);
  let name = newer ? "SHA-256" : "SHA-1";
  if (newer && first.peek() === 0x30) name = HASHES[first.inside(0x30).oid()];
  expect(name, "the stamp names its certificate by an unknown hash");
  return [name, first.take(4)[0]];
}
