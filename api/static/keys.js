// The page of pinned keys: what this browser holds, and pinning what its reader brought.
import { readWitness } from "./checks.js";
import { pinRevoked, pinRoot, pinWitnesses, pinnedWords, pinsOf } from "./pins.js";
import { readRevoked, readRoot } from "./verifier.js";

const MAX_ROOT_BYTES = 1024 * 1024;
const byId = (name) => document.getElementById(name);
const { origin, digest } = byId("keys").dataset;

function show() {
  const pins = pinsOf(origin);
  const sizes = Object.keys(pins?.heads ?? {}).map(Number);
  const newest = sizes.length ? Math.max(...sizes).toLocaleString("en-US") : "";
  byId("held-state").textContent = pins === null ? "Nothing is pinned in this browser yet. The first record that you open pins what this server shows." : `${pinnedWords(pins, false)}.`;
  byId("held-digest").textContent = pins?.digest ?? "none";
  byId("held-same").textContent = pins === null ? "" : pins.digest === digest ? "The same as this server shows." : "This server shows another one. Records are checked against the pinned one.";
  byId("held-heads").textContent = newest ? `${sizes.length} tree head${sizes.length === 1 ? "" : "s"}, the newest of size ${newest}` : "no tree head yet";
  byId("held-witnesses").textContent = pins?.witnesses?.length ? pins.witnesses.map((one) => one.split("+")[0]).join(", ") : "none";
  const revoked = pins?.revoked ?? [];
  const earliest = new Date(Math.min(...revoked.map(({ since }) => since)));
  byId("held-revoked").textContent = revoked.length ? `${revoked.length} authorit${revoked.length === 1 ? "y" : "ies"}, the earliest from ${earliest.toISOString().slice(0, 10)} on` : "no authority";
  byId("held-former").textContent = pins?.former?.length ? pins.former.map((one) => `${one.digest.slice(0, 16)}… until replaced, pinned ${one.at}`).join("; ") : "none";
  byId("witness-keys").value = (pins?.witnesses ?? []).join("\n");
}

byId("pin-root").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = byId("root-said");
  try {
    const [file] = byId("root-file").files;
    if (!file || file.size > MAX_ROOT_BYTES) throw new Error("choose a trusted_root.json of at most 1 MiB");
    const bytes = new Uint8Array(await file.arrayBuffer());
    readRoot(bytes);
    const pins = await pinRoot(origin, bytes, "person");
    said.textContent = `Pinned. SHA-256 ${pins.digest}`;
  } catch (problem) {
    said.textContent = `Not pinned: ${problem.message}.`;
  }
  show();
});

byId("pin-revoked").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = byId("revoked-said");
  try {
    const [file] = byId("revoked-file").files;
    if (!file || file.size > MAX_ROOT_BYTES) throw new Error("choose a revocations.json of at most 1 MiB");
    const rows = readRevoked(new Uint8Array(await file.arrayBuffer()));
    const pins = pinsOf(origin);
    if (pins !== null) pinRevoked(origin, pins, rows);
    said.textContent = pins === null ? "Not kept: pin a trusted root first." : `Kept: ${rows.length}.`;
  } catch (problem) {
    said.textContent = `Not kept: ${problem.message}.`;
  }
  show();
});

byId("pin-witnesses").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = byId("witness-said");
  try {
    const keys = byId("witness-keys").value.split("\n").map((one) => one.trim()).filter(Boolean);
    keys.forEach(readWitness);
    said.textContent = pinWitnesses(origin, keys) === null ? "Not pinned: pin a trusted root first." : `Pinned: ${keys.length}.`;
  } catch (problem) {
    said.textContent = `Not pinned: ${problem.message}.`;
  }
  show();
});

byId("keys").hidden = false;
show();
