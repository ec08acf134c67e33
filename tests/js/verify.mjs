// Verifies each bundle named on the command line: node verify.mjs TRUSTED_ROOT IDENTITY ISSUER BUNDLE...
// Prints one JSON array with true or the error's code per bundle.
import { readFileSync } from "node:fs";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { Verifier, toSignedEntity, toTrustMaterial } from "@sigstore/verify";

const [rootFile, identity, issuer, ...bundles] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(name, "utf8"));
const trust = toTrustMaterial(TrustedRoot.fromJSON(read(rootFile)));
const verifier = new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 1, tsaThreshold: 1 });
const policy = { subjectAlternativeName: identity, extensions: { issuer } };

const outcomes = bundles.map((name) => {
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(read(name))), policy);
    return true;
  } catch (error) {
    return error.code ?? error.name;
  }
});
console.log(JSON.stringify(outcomes));
