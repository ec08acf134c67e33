// The page: takes files, shows the result. Nothing of a bundle is ever read as markup.
const element = (id) => document.getElementById(id);
const SIGNS = { checked: "\u2713 checked", FAILED: "\u2717 FAILED", "not checked": "? not checked", none: "\u2013 none" };
const CLASSES = { checked: "checked", FAILED: "failed", "not checked": "open", none: "none" };
const MEANINGS = {
  0: "Every claim that is needed was checked and holds. Read below what that does not prove.",
  3: "Something in this bundle does not hold. Do not rely on it; keep the file, and report it to who sent it and to who runs the log.",
  5: "Nothing was found that fails, but something could not be checked, so nothing is decided. The table says what and why.",
};
const TITLES = { 0: "Valid", 3: "INVALID", 5: "Not decided" };

function add(parent, name, text, kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
}

function fillList(id, box, texts) {
  element(id).replaceChildren();
  for (const one of texts) add(element(id), "li", one);
  element(box).hidden = !texts.length;
}

function show(result, files, outside) {
  const verdict = element("verdict");
  verdict.textContent = TITLES[result.code] + (result.code === 3 ? ": " + [...result.failed.keys()].join(", ") : "");
  verdict.className = { 0: "checked", 3: "failed", 5: "open" }[result.code];
  element("meaning").textContent = MEANINGS[result.code];
  const facts = element("facts");
  facts.replaceChildren();
  const basis = outside.file ? "the root in " + outside.name : outside.digest ? "the digest that you gave" : "the root that came inside: proves only that the bundle agrees with itself";
  for (const [name, value] of [["File", files.map((one) => `${one.name}, ${one.size} bytes`).join("; ")], ["Checked against", basis], ["At", new Date().toISOString()]]) {
    add(facts, "dt", name);
    add(facts, "dd", plain(value));
  }
  element("claims").replaceChildren();
  for (const claim of CLAIMS) {
    const [state, detail] = result.of(claim);
    const row = document.createElement("tr");
    add(row, "td", SIGNS[state], CLASSES[state]);
    add(row, "td", claim);
    add(row, "td", plain(detail));
    element("claims").append(row);
  }
  const total = [...result.failed.values()].reduce((sum, one) => sum + one, 0);
  const more = total > result.failures.length ? [`and ${total - result.failures.length} more`] : [];
  fillList("failures", "faults", [...result.failures, ...more]);
  fillList("signers", "names", result.lines().filter((one) => one.startsWith("  signer: ")).map((one) => one.slice(10)));
  element("result").hidden = false;
  verdict.focus();
}

async function progress(done, total) {
  element("progress").textContent = `Checking entry ${done} of ${total}`;
  await new Promise((resume) => { setTimeout(resume); });
}

const bytesOf = async (file) => new Uint8Array(await file.slice(0, 4194304).arrayBuffer());

async function check(event) {
  event.preventDefault();
  element("result").hidden = true;
  const files = await inOrder([...element("bundle").files]);
  const [key] = element("key").files;
  const [policy] = element("witnesses").files;
  const [stampers] = element("anchors").files;
  const [revoked] = element("revoked").files;
  const [root] = element("trust").files;
  const digest = element("digest").value.replace(/\s/g, "").toLowerCase();
  if (digest && !/^[0-9a-f]{64}$/.test(digest)) {
    element("progress").textContent = "A trust digest has 64 characters, 0 to 9 and a to f.";
    return;
  }
  element("progress").textContent = "Checking \u2026";
  const outside = { file: root, name: root?.name, digest: digest || undefined };
  try {
    outside.indexKeys = key ? [new Uint8Array(await key.slice(0, 1024).arrayBuffer())] : [];
    outside.policy = policy ? readPolicy(await bytesOf(policy)) : null;
    outside.revoked = revoked ? readRevoked(new Uint8Array(await revoked.slice(0, MAX_REVOCATIONS + 1).arrayBuffer())) : [];
    outside.stampers = stampers ? readRoot(await bytesOf(stampers)) : null;
    show(await checkBundle(files, outside, progress), files, outside);
    element("progress").textContent = "Checked.";
  } catch (err) {
    element("progress").textContent = (err instanceof Bad ? "What you gave is refused: " + plain(err.what) : "The file cannot be read: " + plain(err.name));
  }
}

function drop(event) {
  event.preventDefault();
  element("drop").classList.remove("over");
  const dropped = [...event.dataTransfer.files];
  const goesTo = ({ name }) => (name === "revocations.json" ? "revoked" : name.endsWith(".json") ? "trust" : "bundle");
  for (const id of ["trust", "revoked", "bundle"]) {
    const files = dropped.filter((one) => goesTo(one) === id);
    const held = new DataTransfer();
    for (const file of files) held.items.add(file);
    if (files.length) element(id).files = held.files;
  }
}

element("form").addEventListener("submit", check);
for (const name of ["dragover", "dragenter"]) {
  document.addEventListener(name, (event) => { event.preventDefault(); element("drop").classList.add("over"); });
}
document.addEventListener("dragleave", () => element("drop").classList.remove("over"));
document.addEventListener("drop", drop);
