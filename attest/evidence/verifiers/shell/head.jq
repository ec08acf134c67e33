($root[0].logs | map(select(.name == "https://" + $facts[0].log)) | .[0]) as $log | $facts[0] as $f
| def other: "a note is of another head than bundle.json says";
guard("head"; "head";
  ($sigstore | note) as $one | ($c2sp | note) as $two | ($vkey | rtrimstr("\n") | split("+")) as $v | ($v[2:] | join("+") | bytes64) as $raw
  | need("the Sigstore note is not in its one form"; ($one.lines | length) == 1 and $one.more == [])
  | need("the Sigstore note is of another log"; $one.origin == $f.log + " - 1")
  | need(other; [$one.size, $one.root] == [$f.head.size, $f.head.root] and [$two.size, $two.root] == [$f.head.size, $f.head.root])
  | need("log.vkey is malformed"; $v[0] == $f.log and ($raw | length) == 33 and $raw[0] == 1)
  | [$two.lines[] | select(.name == $f.log and (.raw[:4] | hexed) == $v[1])] as $own
  | need("the log has not signed the checkpoint"; $two.origin == $f.log and ($own | length) > 0)
  | ($one | noteops($log; "head"; "head"; "head1")),
    (["w", "vkey.key", ([48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0] + $raw[1:] | octal)] | tsv),
    (["w", "vkey.hashed", (($v[0] + "\n" | utf) + $raw | octal)] | tsv), (["k", "vkey.hashed", ($v[1] | if . == "" then "-" else . end)] | tsv),
    (["d", "head2.note", ($two.body | @base64)] | tsv),
    ($own | to_entries[] | (["w", "head2.\(.key).sig", (.value.raw[4:] | octal)] | tsv),
      (["s", "head", "head", "the checkpoint\u0027s signature does not hold", "vkey.key", "ed25519", "head2.\(.key).sig", "head2.note"] | tsv)))
