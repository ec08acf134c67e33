// Checks evidence bundles with the script of verifier.html: node evidence.mjs SCRIPT < cases.json
// A case is [[bundle or volumes], trusted root or null, trust digest or null]; prints one result per case.
import { openAsBlob, readFileSync } from "node:fs";
import vm from "node:vm";

vm.runInThisContext(readFileSync(process.argv[2], "utf8") + "\nglobalThis.checkBundle = checkBundle;");
const results = [];
for (const [files, trust, digest] of JSON.parse(readFileSync(0, "utf8"))) {
  const outside = trust ? { file: await openAsBlob(trust), name: "given" } : { digest: digest ?? undefined };
  const result = await checkBundle(await Promise.all(files.map((file) => openAsBlob(file))), outside);
  results.push({ code: result.code, failed: [...result.failed.keys()], failures: result.failures, lines: result.lines() });
}
console.log(JSON.stringify(results));
