# One line of input for each stamp. The head was checked before, and its key is in vkey.key.
($vkey | rtrimstr("\n") | vkey(1)) as $log | $facts[0] as $f
| [foreach inputs as $text (-1; . + 1; . as $k | "anchor \($k)" as $p | guard("anchors"; $p;
    ($text | jsontext | only(["kind", "note", "path", "token", "where"]; [])) as $a | need("an unknown kind of anchor"; $a.kind == "rfc3161" and ($a.where | type) == "string")
    | ($a.note | blob64 | @base64d | note) as $n | [$n.lines[] | select(.name == $log.name and (.raw[:4] | hexed) == $log.hint)] as $own
    | need("the log has not signed the checkpoint"; $n.origin == $f.log and $own != []) | need("it is no earlier head"; $n.size > 0 and $n.size <= $f.head.size)
    | ($a.token | token) as $s | stamper($s; $root[0].tsas; $chains[0]) as $by
    | (["d", "an.\($k).note", $a.note] | tsv), (["d", "an.\($k).text", ($n.body | @base64)] | tsv),
      ($own | to_entries[] | (["w", "an.\($k).\(.key).sig", (.value.raw[4:] | octal)] | tsv), (["s", "anchors", $p, "the checkpoint\u0027s signature does not hold", "vkey.key", "ed25519", "an.\($k).\(.key).sig", "an.\($k).text"] | tsv)),
      extended("anchors"; $p; "n\($k)"; {size: $n.size, root: $n.root}; $f.head; ($a.path | map(bytes64))),
      (if $s.imprint.hash == "96,134,72,1,101,3,4,2,1" then ["h", "an.\($k).note", $s.imprint.value, "anchors", $p, "the time stamp is over another head"] | tsv else empty end),
      (if $by == null then empty else (["d", "an.\($k).tsr", $a.token] | tsv), (["t", "anchors", $p, "an.\($k).tsr", "an.\($k).note", $by.chain[0].file + ".pem", $s.at] | tsv), {size: $n.size, at: $s.at} end)))] as $all
| [$all[] | objects] as $good | ($all[] | strings),
  (["S", "anchors"] + (if $good == [] then ["not checked", "none of \($total) time stamps of heads is by a pinned authority of somebody else\($more)"]
    else ([$good[].size] | max) as $most | ["checked", "\($good | length) of \($total) are by a pinned authority: the first \($most) leaves were there at \([$good[] | select(.size == $most) | .at] | min | floor | todate)\($more)"] end) | tsv)
