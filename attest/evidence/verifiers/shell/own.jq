foreach inputs as $line ({seen: {}}; guard("entries"; "file data/own.jsonl"; ($line | jsontext | only(["index", "body", "envelope"]; [])) as $h | ($h.index | whole | tostring) as $n
    | need("a line is about no own leaf"; $own[0][$n] != null and (.seen[$n] | not)) | .seen[$n] = true | .now = $h | .n = $n) | if type == "string" then {f: .} else . end;
  if .f then .f else .n as $n | .now as $h | "entry \($n)" as $p | (["o", $n] | tsv), guard("entries"; $p;
    ($h.envelope | blob64 | @base64d | jsontext | envelope) as $v | ($h.body | blob64 | @base64d) as $body
    | ($body | jsontext | .spec.signatures[0].verifier | blob64 | @base64d | pemtext) as $der | ($der | bytes64 | cert) as $c
    | (["d", "\($n).payload", $v.payload] | tsv), (["d", "\($n).sig", $v.sig] | tsv), (["d", "\($n).body", $h.body] | tsv), (["d", "\($n).env", $h.envelope] | tsv), (["w", "\($n).key", ($c.spki | octal)] | tsv),
      (["c", "\($n).leaf", "\\000", "\($n).body"] | tsv), (["h", "\($n).leaf", $own[0][$n], "entries", $p, "it is not the leaf that the window says"] | tsv),
      ($body | bodyops("entries"; $p; $v; $der; "\($n).payload"; "\($n).env")),
      pae($v + {out: "\($n).pae", file: "\($n).payload"}), (["s", "entries", $p, "the signature does not hold", "\($n).key", ($c.spki | keykind), "\($n).sig", "\($n).pae"] | tsv),
      ($v.payload | @base64d | jsontext | .predicateType | need("it is not one of the log\u0027s own leaves"; . == "https://whereof.dev/attestation/index/v1" or . == "https://whereof.dev/attestation/log/v1") | empty)) end)
