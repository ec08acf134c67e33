// Checks inclusion proofs with the Merkle code of @sigstore/verify: node merkle.mjs CASES.json
// Each case has index, size, root, leaf and hashes, bytes in hex; prints one JSON array with true or false for each.
import { readFileSync } from "node:fs";
import { verifyMerkleInclusion } from "./node_modules/@sigstore/verify/dist/tlog/merkle.js";

const bytes = (hex) => Buffer.from(hex, "hex");
const outcomes = JSON.parse(readFileSync(process.argv[2], "utf8")).map((one) => {
  const inclusionProof = { logIndex: String(one.index), hashes: one.hashes.map(bytes) };
  try {
    verifyMerkleInclusion(
      { canonicalizedBody: bytes(one.leaf), inclusionProof },
      { logSize: BigInt(one.size), logHash: bytes(one.root) },
    );
    return true;
  } catch (error) {
    if (error.code !== "TLOG_INCLUSION_PROOF_ERROR") throw error;
    return false;
  }
});
console.log(JSON.stringify(outcomes));
