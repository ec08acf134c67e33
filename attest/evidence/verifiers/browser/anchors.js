// Section 8: time stamps of earlier heads, under authorities from outside.
const ANCHORS = "data/anchors.jsonl";
const NOT_HERE = "; entries of heads in other logs are not checked here";

async function checkAnchors(window_, given) {
  const { result } = window_;
  if (given) result.needed.add("anchors");
  const more = window_.archive.has("data/anchor-entries.jsonl") ? NOT_HERE : "";
  const lines = await anchorLines(window_);
  if (!window_.cosigned) result.close("anchors", "", "the head was not checked");
  else if (given) await judgeAnchors(window_, given, lines, more);
  else if (lines.length || more || result.failed.has("anchors")) {
    result.close("anchors", "", `${lines.length} time stamps of heads, and no authority for them was given${more}`);
  } else result.said.set("anchors", ["none", "no time stamp of a head"]);
}

async function anchorLines({ archive, result }) {
  const found = [];
  if (!archive.has(ANCHORS)) return found;
  try {
    for await (const line of archive.lines(ANCHORS)) {
      found.push(line);
      expect(found.length <= 200 && line.length <= 262144, "there are too many, or one is too long");
    }
  } catch (err) {
    result.fail("anchors", "file " + ANCHORS, err.what ?? "it does not parse");
  }
  return found;
}

async function judgeAnchors(window_, given, lines, more) {
  const { result } = window_;
  const own = window_.root.stampers.map((one) => one.chain[0].der);
  const root = { ...given, stampers: given.stampers.filter((one) => !own.some((der) => same(der, one.chain[0].der))) };
  const good = [];
  for (const [number, line] of lines.entries()) {
    try {
      good.push(await stampedHead(window_, line, root));
    } catch (err) {
      if (!(err instanceof Unpinned)) result.fail("anchors", `anchor ${number}`, err.what ?? "it does not parse");
    }
  }
  if (!good.length) {
    result.close("anchors", "", `none of ${lines.length} time stamps of heads is by a pinned authority of somebody else${more}`);
    return;
  }
  const most = Math.max(...good.map(([size]) => size));
  const at = Math.min(...good.filter(([size]) => size === most).map(([, when]) => when));
  const when = new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
  result.close("anchors", `${good.length} of ${lines.length} are by a pinned authority: the first ${most} leaves were there at ${when}${more}`);
}

async function stampedHead(window_, line, root) {
  const value = readJson(line);
  only(value, "kind note path token where");
  expect(textOf(value, "kind") === "rfc3161" && textOf(value, "where"), "an unknown kind of anchor");
  const note = blob(value.note);
  const head = await openC2sp(note, window_.cosigned.vkey, window_.facts.log);
  expect(head.size > 0 && head.size <= window_.size, "it is no earlier head");
  requireExtended([head.size, head.root], [window_.size, window_.head], listOf(value, "path").map(blob));
  return [head.size, await timeStamped(blob(value.token), note, root)];
}
