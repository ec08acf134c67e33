// Section 8: revoked authorities, and what a root is worth without them.
const REVOCATIONS = "data/trust/revocations.json";
const MAX_REVOCATIONS = 1048576;
const MAX_REVOKED = 1024;

function readRevoked(raw) {
  expect(raw.length <= MAX_REVOCATIONS, "the revocations are too long");
  const top = readJson(raw);
  only(top, "mediaType revoked");
  expect(top.mediaType === "application/vnd.whereof.revocations+json;version=1", "an unknown type of revocations");
  const rows = listOf(top, "revoked");
  expect(rows.length <= MAX_REVOKED, "there are too many revocations");
  return rows.map((row) => {
    only(row, "certificate since");
    const whole_ = /^(19[7-9][0-9]|[2-9][0-9]{3})-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(textOf(row, "since"));
    expect(whole_, "this is not a moment");
    const certificate = readCertificate(blob(row.certificate));
    expect(isAuthority(certificate) || purposesOf(certificate)?.names.includes(TIME_STAMPING), "this is no authority");
    return { key: certificate.spki, since: momentOf(row.since) };
  });
}

// The list that came with the evidence, which can only take away.
const revokedIn = async (archive) => archive.has(REVOCATIONS) ? readRevoked(await archive.read(REVOCATIONS, MAX_REVOCATIONS)) : [];

// Ends every authority that a revoked key stands in the chain of; its own stamps prove no time any more.
function revoke(root, revoked) {
  for (const one of [...root.authorities, ...root.stampers]) {
    for (const { key, since } of revoked) {
      if (!one.chain.some((each) => same(each.spki, key))) continue;
      one.end = Math.min(one.end, since - 0.001);
      one.revoked = true;
    }
  }
}
