// Section 8: the witnesses that cosigned the head, under a policy from outside.
const LINE_FORMS = { log: [2, 3], witness: [3, 4], group: [4, 4096], quorum: [2, 2] };

function readPolicy(raw) {
  const text = latin1(raw);
  expect(raw.length <= 262144 && /^(?:[\t\n\x20-\x7e\x80-\xff]*\n)?$/.test(text), "this is no policy file");
  const lines = text.split("\n").slice(0, -1);
  expect(lines.length <= 1024, "the policy is too long");
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "", used: new Set() };
  for (const line of lines) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (words.length && !words[0].startsWith("#")) policyLine(policy, words);
  }
  expect(policy.quorum, "the policy has no quorum");
  return policy;
}

function policyLine(policy, words) {
  const [least, most] = Object.hasOwn(LINE_FORMS, words[0]) ? LINE_FORMS[words[0]] : [1, 0];
  expect(words.length >= least && words.length <= most, "a line of the policy is of no known form");
  const known = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const keyOf = (word, kind) => readVkey(textFrom(Uint8Array.from(word, (one) => one.charCodeAt(0))), kind);
  if (words[0] === "log") {
    const key = keyOf(words[1], 1);
    expect(!policy.logs.some((one) => same(one.key, key.key)), "a log stands twice in the policy");
    policy.logs.push(key);
  } else if (words[0] === "quorum") {
    expect(!policy.quorum && (words[1] === "none" || known(words[1])), "the policy's quorum is unknown");
    [, policy.quorum] = words;
  } else {
    expect(!known(words[1]) && words[1] !== "none", "a name of the policy stands twice");
    if (words[0] === "witness") {
      const key = keyOf(words[2], 4);
      expect(![...policy.witnesses.values()].some((one) => same(one.key, key.key)), "a witness stands twice in the policy");
      policy.witnesses.set(words[1], key);
    } else {
      policyGroup(policy, words, known);
    }
  }
  const most_ = Math.max(policy.logs.length, policy.witnesses.size, policy.groups.size);
  expect(most_ <= 64, "the policy is too long");
}

function policyGroup(policy, [, name, threshold, ...members], known) {
  const fresh = members.every((one) => known(one) && !policy.used.has(one)) && new Set(members).size === members.length;
  expect(fresh, "a group of the policy names what is not defined, or is a member already");
  for (const one of members) policy.used.add(one);
  const number = threshold === "any" ? "1" : threshold === "all" ? String(members.length) : threshold;
  expect(/^[1-9][0-9]{0,4}$/.test(number) && Number(number) <= members.length, "a threshold of the policy is out of range");
  policy.groups.set(name, [Number(number), members]);
}

function reachedQuorum(policy, counted) {
  const reached = new Set(counted);
  for (const [name, [threshold, members]] of policy.groups) {
    if (members.filter((one) => reached.has(one)).length >= threshold) reached.add(name);
  }
  return policy.quorum === "none" || reached.has(policy.quorum);
}

function sameOperator(log, witness) {
  const [ours, theirs] = [log, witness].map((one) => one.name.split("/")[0].split(":")[0].toLowerCase().replace(/\.+$/, ""));
  return same(log.key, witness.key) || ours === theirs || ours.endsWith("." + theirs) || theirs.endsWith("." + ours);
}

async function cosigned(key, signature, message) {
  if (signature.length <= 8 || signature[0] & 0x80) return false;
  let at = 0n;
  for (const one of signature.subarray(0, 8)) at = at * 256n + BigInt(one);
  return signedBy(ed25519Key(key.key), signature.slice(8), joined(utf8(`cosignature/v1\ntime ${at}\n`), message));
}

async function checkWitnesses(window_, policy) {
  const { result, cosigned: head } = window_;
  if (policy) result.needed.add("witnesses");
  if (!head) {
    if (policy) result.close("witnesses", "", "the head was not checked");
    else result.said.set("witnesses", ["none", "the head was not checked"]);
  } else if (policy) {
    await judgeWitnesses(result, head, policy);
  } else if (head.others.length) {
    result.close("witnesses", "", `${head.others.length} signature lines of others, and no witness policy was given`);
  } else {
    result.said.set("witnesses", ["none", "no signature line of others"]);
  }
}

async function judgeWitnesses(result, head, policy) {
  const log = readVkey(head.vkey, 1);
  const named = policy.logs.filter((one) => one.name === log.name);
  if (!named.length) {
    result.close("witnesses", "", "the policy names no key of this log");
    return;
  }
  if (!named.some((one) => same(one.key, log.key))) result.fail("witnesses", "head", "log.vkey is not the key that the policy names");
  const signed = new Set();
  let others = 0;
  for (const line of head.others) {
    const pinned = [...policy.witnesses].filter(([, key]) => key.name === line.name && same(key.hint, line.hint));
    const good = [];
    for (const [name, key] of pinned) if (await cosigned(key, line.signature, head.message)) good.push(name);
    if (pinned.length && !good.length) result.fail("witnesses", "witness " + pinned[0][0], "its cosignature does not hold");
    for (const name of good) signed.add(name);
    if (!pinned.length) others++;
  }
  const names = [...policy.witnesses.keys()].filter((one) => signed.has(one));
  const own = names.filter((one) => sameOperator(log, policy.witnesses.get(one)));
  const counted = names.filter((one) => !own.includes(one));
  let words = "counted: " + (counted.join(", ") || "none");
  if (own.length) words += "; of the log's own operator, so not counted: " + own.join(", ");
  if (others) words += "; signature lines of others: " + others;
  result.close("witnesses", words, counted.length && reachedQuorum(policy, counted) ? "" : "no quorum; " + words);
}
