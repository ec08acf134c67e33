// RFC 6962 trees: leaves, inclusion, windows (section 4), and the proofs of the index.
const leafHash = (data) => sha256(Uint8Array.of(0), data);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

function splitOf(width) {
  let half = 1;
  while (half * 2 < width) half *= 2;
  return half;
}

function foldRoot(first, leaves, size, outside) {
  const end = first + leaves.length;
  let used = 0;
  const fold = (low, high) => {
    if (high <= first || low >= end) {
      const value = outside[used++];
      expect(value?.length === 32, "there are too few hashes");
      return value;
    }
    if (high - low === 1) return leaves[low - first];
    const middle = low + splitOf(high - low);
    const left = fold(low, middle);
    return nodeHash(left, fold(middle, high));
  };
  const found = fold(0, size);
  expect(used === outside.length, "there are too many hashes");
  return found;
}

const treeRoot = (leaves) => (leaves.length ? foldRoot(0, leaves, leaves.length, []) : sha256());

function requireIncluded(leaf, [index, size], hashes, root) {
  expect(index >= 0 && index < size, "the index is outside the tree");
  let at = index;
  let last = size - 1;
  let found = leaf;
  const half = (value) => Math.floor(value / 2);
  for (const one of hashes) {
    expect(last > 0 && one.length === 32, "the inclusion proof is too long");
    if (at % 2 || at === last) {
      found = nodeHash(one, found);
      while (at % 2 === 0 && at) { at = half(at); last = half(last); }
    } else {
      found = nodeHash(found, one);
    }
    at = half(at);
    last = half(last);
  }
  expect(last === 0 && same(found, root), "the inclusion proof leads to another root");
}

// A tree is the beginning of another (RFC 9162 2.1.4.2); each is [size, root], neither is empty.
function requireExtended(old, grown, hashes) {
  if (old[0] === grown[0]) {
    expect(same(old[1], grown[1]) && !hashes.length, "two roots for one size");
    return;
  }
  const half = (value) => Math.floor(value / 2);
  let [at, last] = [old[0] - 1, grown[0] - 1];
  while (at % 2) [at, last] = [half(at), half(last)];
  const rest = at ? [...hashes] : [old[1], ...hashes];
  expect(rest.length && rest.every((one) => one.length === 32), "the proof is too short");
  let [before, after] = [rest[0], rest[0]];
  for (const one of rest.slice(1)) {
    expect(last > 0, "the proof is too long");
    if (at % 2 || at === last) {
      [before, after] = [nodeHash(one, before), nodeHash(one, after)];
      while (at % 2 === 0 && at) [at, last] = [half(at), half(last)];
    } else {
      after = nodeHash(after, one);
    }
    [at, last] = [half(at), half(last)];
  }
  expect(last === 0 && same(before, old[1]) && same(after, grown[1]), "the proof leads to another root");
}

const LIVE_HEAD = utf8("whereof-live-segments/v1\n");

function bigEndian(bytes) {
  let value = 0;
  for (const one of bytes) value = value * 256 + one;
  expect(Number.isSafeInteger(value), "a number is too large");
  return value;
}

function readLive(data, committed, size) {
  const good = same(data.subarray(0, LIVE_HEAD.length), LIVE_HEAD) && (data.length - LIVE_HEAD.length) % 57 === 0;
  expect(good, "the list of segments is malformed");
  const records = [];
  for (let at = LIVE_HEAD.length; at < data.length; at += 57) records.push(data.slice(at, at + 57));
  expect(records.length <= 65536, "the list of segments is too long");
  expect(same(treeRoot(records.map(leafHash)), committed), "it is not the list that was committed to");
  let at = 0;
  const live = records.map((one) => {
    const [first, end, rows] = [1, 9, 17].map((place) => bigEndian(one.subarray(place, place + 8)));
    expect(first === at && at < end, "the segments leave a gap");
    at = end;
    return { first, end, rows, root: one.slice(25) };
  });
  expect(at === size, "the segments do not cover the log");
  return live;
}

// Checks a proof of one key in one segment, and gives [index, payload hash] of its rows.
function rowsOf(key, segment, proof) {
  only(proof, "first end position rows hashes");
  expect(proof.first === segment.first && proof.end === segment.end, "a proof is of another segment");
  const position = proof.position;
  const rows = listOf(proof, "rows").map(blob);
  const hashes = listOf(proof, "hashes").map(blob);
  expect(Number.isSafeInteger(position), "a proof is malformed");
  const stop = position + rows.length;
  const inside = rows.every((one) => one.length === 72) && position >= 0 && stop <= segment.rows;
  expect(inside, "the rows are outside the segment");
  expect(rows.length > 0 || segment.rows === 0, "no row is shown");
  expect(rows.every((one, at) => at === 0 || order(rows[at - 1], one) < 0), "the rows do not ascend");
  const split = rows.map((one) => [order(one.subarray(0, 32), key), bigEndian(one.subarray(32, 40)), one.slice(40)]);
  expect(split.every(([, index]) => segment.first <= index && index < segment.end), "a row is outside the segment's range");
  const before = split.filter(([side]) => side < 0).length;
  const after = split.filter(([side]) => side > 0).length;
  expect(before === 1 || (before === 0 && position === 0), "rows before the first one shown may be missing");
  expect(after === 1 || (after === 0 && stop === segment.rows), "rows behind the last one shown may be missing");
  const found = segment.rows ? foldRoot(position, rows.map(leafHash), segment.rows, hashes) : treeRoot([]);
  expect(same(found, segment.root) && (segment.rows > 0 || !hashes.length), "the rows lead to another root");
  return split.filter(([side]) => side === 0).map(([, index, payload]) => [index, payload]);
}
