// Section 5, certificate: the path to the root, and the SCT.
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const knownIssues = new Map();

// One signature of an authority under another is checked once.
async function issuedOnce(child, parent) {
  const key = hex(sha256(child.der)) + hex(sha256(parent.der));
  if (!knownIssues.has(key)) {
    if (knownIssues.size > 10000) knownIssues.clear();
    knownIssues.set(key, await issuedBy(child, parent));
  }
  return knownIssues.get(key);
}

async function chained(chain, at) {
  for (let place = 1; place < chain.length; place++) {
    if (!isAuthority(chain[place]) || !(await issuedOnce(chain[place - 1], chain[place]))) return false;
  }
  return chain.every((one) => one.from <= at && at <= one.until);
}

async function requirePath(leaf, at, root) {
  expect(maySign(leaf), "the certificate's key may not sign");
  expect(purposesOf(leaf)?.names.includes(CODE_SIGNING), "the certificate is for other uses");
  expect(!isAuthority(leaf), "the certificate is an authority's");
  for (const authority of root.authorities) {
    for (const [place, issuer] of authority.chain.entries()) {
      if (holdsAt(authority, at) && (await chained([leaf, ...authority.chain.slice(place)], at))) return issuer;
    }
  }
  throw new Bad("no pinned authority issued the certificate for the proved time");
}

function readScts(certificate) {
  return extensionOf(certificate, SCT_LIST, (reader) => {
    const list = reader.take(4)[0];
    expect(bigEndian(list.subarray(0, 2)) === list.length - 2, "the SCTs are malformed");
    const found = [];
    for (let at = 2; at < list.length;) {
      const length = bigEndian(list.subarray(at, at + 2));
      const one = list.slice(at + 2, at + 2 + length);
      const more = bigEndian(one.subarray(41, 43));
      const rest = 43 + more;
      expect(one.length === length && one[0] === 0, "an SCT is malformed");
      expect(one[rest] === 4 && bigEndian(one.subarray(rest + 2, rest + 4)) === one.length - rest - 4, "an SCT is malformed");
      found.push({
        id: one.slice(1, 33), time: one.slice(33, 41), at: bigEndian(one.subarray(33, 41)),
        extensions: one.slice(41, rest), signature: one.slice(rest + 4),
      });
      at += 2 + length;
    }
    return found;
  }) ?? [];
}

async function requireSct(leaf, issuer, root) {
  const stamps = readScts(leaf);
  expect(stamps.length === 1, "the certificate must hold one SCT");
  const [stamp] = stamps;
  const logs = root.ctLogs.filter((one) => same(one.id, stamp.id) && holdsAt(one, stamp.at));
  expect(logs.length > 0, "the SCT is by a log that is not pinned");
  const tbs = withoutScts(leaf);
  const length = Uint8Array.of(tbs.length >> 16, (tbs.length >> 8) & 255, tbs.length & 255);
  const signed = joined(
    Uint8Array.of(0, 0), stamp.time, Uint8Array.of(0, 1), sha256(issuer.spki), length, tbs, stamp.extensions,
  );
  for (const one of logs) if (await signedBy(one.key, stamp.signature, signed)) return;
  throw new Bad("the SCT's signature does not hold");
}

// Gives name and issuer as certified.
function namedIn(certificate) {
  const names = extensionOf(certificate, "2.5.29.17", (reader) => {
    const inside = reader.inside(0x30);
    const found = [];
    while (inside.peek() >= 0) found.push(inside.take()[0]);
    return found;
  }) ?? [];
  expect(names.length === 1, "the certificate must have one name");
  const newer = certificate.extensions.get("1.3.6.1.4.1.57264.1.8");
  const older = certificate.extensions.get("1.3.6.1.4.1.57264.1.1");
  const issuer = newer ? new Der(newer.value).take()[0] : older?.value ?? new Uint8Array(0);
  return [new TextDecoder().decode(names[0]), new TextDecoder().decode(issuer)];
}
