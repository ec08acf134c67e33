// Checks evidence bundles with the script of verifier.html: node evidence.mjs SCRIPT < cases.json
// A case is [[bundle or volumes], trusted root or null, trust digest or null, and files or null: policy, anchors, index key, revocations]; prints one result per case.
import { openAsBlob, readFileSync } from "node:fs";
import vm from "node:vm";

vm.runInThisContext(readFileSync(process.argv[2], "utf8") + "\nObject.assign(globalThis, { checkBundle, readPolicy, readRevoked, readRoot });");
const results = [];
for (const [files, trust, digest, policy, anchors, key, revoked] of JSON.parse(readFileSync(0, "utf8"))) {
  const outside = trust ? { file: await openAsBlob(trust), name: "given" } : { digest: digest ?? undefined };
  outside.policy = policy ? readPolicy(new Uint8Array(readFileSync(policy))) : null;
  outside.stampers = anchors ? readRoot(new Uint8Array(readFileSync(anchors))) : null;
  outside.revoked = revoked ? readRevoked(new Uint8Array(readFileSync(revoked))) : [];
  outside.indexKeys = key ? [new Uint8Array(readFileSync(key))] : [];
  const result = await checkBundle(await Promise.all(files.map((file) => openAsBlob(file))), outside);
  results.push({ code: result.code, failed: [...result.failed.keys()], failures: result.failures, lines: result.lines() });
}
console.log(JSON.stringify(results));
