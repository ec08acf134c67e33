# Of each answer: the last leaf is the index of this head, and every key is proved in every segment of it.
"file data/answers.jsonl" as $p | "complete" as $c | ($root[0].logs | map(select(.name == "https://" + $facts[0].log)) | .[0]) as $log | ($hashes | split("\n")) as $hex
| def rows($seg; $key; $proof; $id): ($proof | only(["first", "end", "position", "rows", "hashes"]; [])) as $_ | need("a proof is of another segment"; [$proof.first, $proof.end] == [$seg.first, $seg.end])
    | need("a proof is malformed"; $proof.position | type == "number") | ($proof.rows | map(bytes64)) as $rows | ($proof.hashes | map(bytes64 | octal)) as $out | ($proof.position + ($rows | length)) as $stop
    | need("the rows are outside the segment"; all($rows[]; length == 72) and $proof.position >= 0 and $stop <= $seg.rows) | need("no row is shown"; $rows != [] or $seg.rows == 0)
    | need("the rows do not ascend"; all(range(1; $rows | length); $rows[. - 1] < $rows[.])) | ($rows | map({k: .[:32], i: (.[32:40] | big), h: (.[40:] | hexed)})) as $split
    | need("a row is outside the segment\u0027s range"; all($split[]; $seg.first <= .i and .i < $seg.end))
    | ([$split[] | select(.k < $key)] | length) as $before | ([$split[] | select(.k > $key)] | length) as $after
    | need("rows before the first one shown may be missing"; $before == 1 or ($before == 0 and $proof.position == 0)) | need("rows behind the last one shown may be missing"; $after == 1 or ($after == 0 and $stop == $seg.rows))
    | ($rows | to_entries | map("=\($id)_r\(.key)")) as $leaves | need("the rows lead to another root"; $seg.rows > 0 or $out == [])
    | ($rows | to_entries[] | (["l", "\($id)_r\(.key)", ([0] + .value | octal)] | tsv)), (if $seg.rows > 0 then foldcheck($c; $p; "the rows lead to another root"; $id; $proof.position; $leaves; $seg.rows; $out; ($seg.root | hexed)) else empty end),
      ([$split[] | select(.k == $key) | [.i, .h]] | {rows: .});
  foreach inputs as $line ({first: 0, n: -1, stop: false}; .n += 1 | .first += (.count // 0) | .line = ($line | try fromjson catch {}) | .count = (.line.keys? | arrays | length) // 0 | .text = $line;
    .first as $first | .n as $n | .line as $a | guard($c; $p; ($a | only(["answer", "log", "checkpoint", "indexLeaf", "live", "keys", "bundles"]; [])) as $_
      | need("an unknown answer"; $a.answer == "complete-answer/v1" and $a.log == $facts[0].log) | need("an answer is not of the bundle\u0027s head"; $a.checkpoint == $note and $a.bundles == [])
      | ($note | note) as $h | ($a.indexLeaf | only(["body", "envelope", "hashes"]; [])) as $leaf | ($leaf.envelope | blob64 | @base64d | jsontext | envelope) as $v | ($leaf.body | blob64 | @base64d) as $body
      | ($body | jsontext | .spec.signatures[0].verifier | blob64 | @base64d | pemtext) as $der | ($v.payload | @base64d | jsontext) as $st
      | need("the last leaf is no index"; $st.predicateType == "https://whereof.dev/attestation/index/v1") | ($st.predicate | only(["range", "segment", "live", "keying"]; ["extensions"])) as $pr
      | if ($pr.keying | type) == "string" and ($pr.keying | test("^hmac-sha256:[0-9a-f]{64}$")) and $pr.keying != $keyed then ["y", "the log is private: its index key is not here (--index-key FILE)"] | tsv
        else need("the index is keyed in another way"; $pr.keying == $keyed) | need("the index is that of another tree"; ($pr.range.end | whole) == $h.size)
        | ($a.live | bytes64) as $raw | need("the list of segments is malformed"; ($raw[:25] | implode) == "whereof-live-segments/v1\n" and (($raw | length) - 25) % 57 == 0) | [range(25; $raw | length; 57) as $i | $raw[$i:$i + 57]] as $records
        | ($records | map({first: (.[1:9] | big), end: (.[9:17] | big), rows: (.[17:25] | big), root: .[25:]})) as $live | need("the list of segments is too long"; ($live | length) <= 65536)
        | need("the segments leave a gap"; all(range(0; $live | length); $live[.].first == (if . == 0 then 0 else $live[. - 1].end end) and $live[.].first < $live[.].end)) | need("the segments do not cover the log"; $live != [] and $live[-1].end == $h.size)
        | "a\($first)" as $id | (["d", "\($id).body", $leaf.body] | tsv), (["d", "\($id).env", $leaf.envelope] | tsv), (["d", "\($id).payload", $v.payload] | tsv), (["c", "\($id).leaf", "\\000", "\($id).body"] | tsv), (["q", "\($id)_h", "\($id).leaf"] | tsv),
          ($h | noteops($log; $c; $p; $id)), included($c; $p; $id + "_i"; "=\($id)_h"; $h.size - 1; $h.size; ($leaf.hashes | map(bytes64)); $h.root), ($body | bodyops($c; $p; $v; $der; "\($id).payload"; "\($id).env")),
          ($records | to_entries[] | ["l", "\($id)_s\(.key)", ([0] + .value | octal)] | tsv), foldcheck($c; $p; "it is not the list that was committed to"; $id + "_t"; 0; ($records | to_entries | map("=\($id)_s\(.key)")); ($records | length); []; $pr.live.root),
          ($a.keys | to_entries[] | .key as $k | .value as $one | ($first + $k) as $o | ($one | only(["kind", "value", "proofs"]; [])) as $_
            | need("a key is unknown"; ["git-commit", "session", "repository", "predicate-type"] | index($one.kind)) | need("the proofs are not one for each live segment"; ($one.proofs | length) == ($live | length))
            | ($hex[$o] | unhex) as $key | [$one.proofs | to_entries[] | rows($live[.key]; $key; .value; "a\($o)_k\(.key)")] | (.[] | strings), (["r", ({o: $o, key: "\($one.kind)\u0000\($one.value)", rows: [.[] | objects | .rows[]]} | tojson)] | tsv)) end))
