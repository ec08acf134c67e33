# Bytes are arrays of numbers. An operation is one line of fields with tabs between them, none of them empty.
def tsv: map(tostring | gsub("[\\x00-\\x1f]"; "?") | if . == "" then "-" else . end) | join("\t");
def fail($claim; $place; $what): ["f", $claim, $place, $what] | tsv;
def guard($claim; $place; step): try step catch fail($claim; $place; if type == "string" then . else "it does not parse" end);
def need($what; holds): if holds then . else error($what) end;
def only($needed; $more): need("members differ: " + ($needed | join(" ")); type == "object" and (($needed - keys) == []) and ((keys - $needed - $more) == []));
def is64: type == "string" and length % 4 == 0 and test("^[A-Za-z0-9+/]*={0,2}$")
  and (if endswith("==") then .[-3:-2] | test("[AQgw]") elif endswith("=") then .[-2:-1] | test("[AEIMQUYcgkosw048]") else true end);
def blob64: if is64 then . else error("a value is not canonical base64") end;
def size64: length * 3 / 4 - (if endswith("==") then 2 elif endswith("=") then 1 else 0 end);
def bytes64: blob64 | rtrimstr("=") | rtrimstr("=") | explode
  | map(if . >= 97 then . - 71 elif . >= 65 then . - 65 elif . >= 48 then . + 4 elif . == 43 then 62 else 63 end) as $v | ($v | length) as $n
  | [range(0; $n; 4) as $i | ($v[$i] * 262144 + $v[$i + 1] * 4096 + ($v[$i + 2] // 0) * 64 + ($v[$i + 3] // 0)) as $t
    | ($t / 65536 | floor), (if $i + 2 < $n then ($t / 256 | floor) % 256 else empty end), (if $i + 3 < $n then $t % 256 else empty end)];
def octal: map("\\\(. / 64 | floor)\((. / 8 | floor) % 8)\(. % 8)") | add // "-";
def unhex: need("a value is not hex"; type == "string" and test("^([0-9a-f]{2})*$")) | explode | map(if . >= 97 then . - 87 else . - 48 end)
  | . as $d | [range(0; length; 2) as $i | $d[$i] * 16 + $d[$i + 1]];
def hexed: map((. / 16 | floor) as $h | "0123456789abcdef"[$h:$h + 1] + "0123456789abcdef"[. % 16:. % 16 + 1]) | add // "";
def big: reduce .[] as $x (0; . * 256 + $x);
def utf: explode | map(if . < 128 then . elif . < 2048 then (192 + (. / 64 | floor), 128 + . % 64)
  elif . < 65536 then (224 + (. / 4096 | floor), 128 + (. / 64 | floor) % 64, 128 + . % 64)
  else (240 + (. / 262144 | floor), 128 + (. / 4096 | floor) % 64, 128 + (. / 64 | floor) % 64, 128 + . % 64) end);
def whole: if type == "string" and test("^[0-9]{1,15}$") then tonumber
  elif type == "number" and . >= 0 and . == floor and . < 9007199254740992 then . else error("a whole number is required") end;
def moment: (capture("^(?<d>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?<f>\\.[0-9]{1,9})?(?<z>Z|[+-][0-9]{2}:[0-9]{2})$") // error("this is not a moment"))
  | (.d + "Z" | fromdateiso8601) + ("0" + (.f // "") | tonumber)
    - (if .z == "Z" then 0 else ((.z[1:3] | tonumber) * 3600 + (.z[4:6] | tonumber) * 60) * (if .z[0:1] == "-" then -1 else 1 end) end);
def el($at): . as $b | ($b[$at + 1] // 0) as $l
  | (if $l < 128 then {s: ($at + 2), n: $l} else ($l - 128) as $c | {s: ($at + 2 + $c), n: ($b[$at + 2:$at + 2 + $c] | big)} end)
  | {t: $b[$at], h: $at, s: .s, e: (.s + .n)} | need("the DER is cut"; .e <= ($b | length) and .s > $at);
def kids($e): . as $b | def go: if . >= $e.e then empty else . as $a | ($b | el($a)) as $k | $k, ($k.e | go) end; [$e.s | go];
def name($k): .[$k.s:$k.e] | map(tostring) | join(",");
def dertime($k): .[$k.s:$k.e] | implode | (if $k.t == 23 then (if .[0:2] < "50" then "20" else "19" end) + . else . end)
  | sub("\\.[0-9]+Z$"; "Z") | strptime("%Y%m%d%H%M%SZ") | mktime;
def wrap($tag): length as $n | (if $n < 128 then [$n] elif $n < 256 then [129, $n] else [130, ($n / 256 | floor), $n % 256] end) as $l | [$tag] + $l + .;
def keykind: . as $b | kids(el(0)) as $k | kids($k[0]) as $a | ($b | name($a[0])) as $o
  | if $o == "42,134,72,206,61,2,1" then ({"42,134,72,206,61,3,1,7": "sha256", "43,129,4,0,34": "sha384", "43,129,4,0,35": "sha512"}[$b | name($a[1])] // "none")
    elif $o == "42,134,72,134,247,13,1,1,1" then (if ($b | length) >= 290 then "sha256" else "none" end)
    elif $o == "43,101,112" then "ed25519" else "none" end;
def cert: . as $b | el(0) as $o | kids($o) as $top | kids($top[0]) as $all | (if $all[0].t == 160 then $all[1:] else $all end) as $f
  | ([$all[] | select(.t == 163)][0]) as $x | (if $x == null then [] else kids(kids($x)[0]) end) as $list
  | need("the certificate does not parse"; $o.e == length and ($top | length) == 3)
  | {serial: .[$f[0].s:$f[0].e], issuer: .[$f[2].h:$f[2].e], subject: .[$f[4].h:$f[4].e], spki: .[$f[5].h:$f[5].e],
     from: dertime(kids($f[3])[0]), until: dertime(kids($f[3])[1]),
     head: .[$top[0].s:($x // $top[0] | if $x == null then .e else .h end)],
     ext: [$list[] | . as $e | ($b | kids($e)) as $p | {id: ($b | name($p[0])), value: ($b[$p[-1].s:$p[-1].e]), whole: $b[$e.h:$e.e]}]};
def ext($id): [.ext[] | select(.id == $id) | .value] | if length == 1 then .[0] else null end;
def holds($at): .start <= $at and (.end == null or $at <= .end);
def note: . as $text | split("\n\n") | (.[:-1] | join("\n\n") + "\n") as $body | (.[-1]) as $tail
  | need("the checkpoint is malformed"; length > 1 and ($tail | endswith("\n"))) | ($body | split("\n")) as $l
  | need("the checkpoint is malformed"; ($l | length) > 3 and ($l[1] | test("^(0|[1-9][0-9]{0,14})$")) and ($l[2] | test("^[A-Za-z0-9+/]{43}=$")))
  | {body: $body, origin: $l[0], size: ($l[1] | tonumber), root: ($l[2] | bytes64 | hexed), more: $l[3:-1],
     lines: [$tail[:-1] | split("\n")[] | split(" ") | need("a signature line is malformed"; length == 3 and .[0] == "\u2014" and .[1] != "")
       | {name: .[1], raw: (.[2] | bytes64)} | need("a signature line is malformed"; (.raw | length) > 4)]};
# The operations that check a note under a pinned log.
def noteops($log; $claim; $place; $tag): . as $n | ($log.name | sub("^.*://"; "")) as $own | [$own, ($own | split("/")[0])] as $names
  | need("the checkpoint is of another log"; $names | index($n.origin | sub(" - [0-9]{1,20}$"; "")))
  | [.lines[] | select(.raw[:4] == $log.hint[:4])] as $mine
  | need("the log has not signed the checkpoint"; any($mine[]; .name as $x | $names | index($x)))
  | (["d", $tag + ".note", (.body | @base64)] | tsv),
    ($mine | to_entries[] | (["w", "\($tag).\(.key).sig", (.value.raw[4:] | octal)] | tsv),
      (["s", $claim, $place, "the checkpoint\u0027s signature does not hold", $log.file, $log.hash, "\($tag).\(.key).sig", $tag + ".note"] | tsv));
def half: . / 2 | floor;
def included($claim; $place; $id; $start; $index; $size; $hashes; $root): need("the index is outside the tree"; $index < $size)
  | reduce ($hashes[] | octal) as $h ({at: $index, last: ($size - 1), cur: $start, k: 0, out: []};
      need("the inclusion proof is too long"; .last > 0) | .k += 1 | "\($id)_\(.k)" as $me
      | if .at % 2 == 1 or .at == .last then .out += [["m", .k, $me, $h, .cur] | tsv] | until(.at % 2 == 1 or .at == 0; .at |= half | .last |= half)
        else .out += [["m", .k, $me, .cur, $h] | tsv] end | .cur = "=" + $me | .at |= half | .last |= half)
  | need("the inclusion proof leads to another root"; .last == 0)
  | .out[], (["x", .cur, $root, $claim, $place, "the inclusion proof leads to another root"] | tsv);
def token: bytes64 as $b | $b | el(0) as $r | kids($r) as $top | need("the time stamp was not granted"; $r.e == length and ($top | length) == 2 and name(kids($top[0])[0]) == "0")
  | kids(kids(kids($top[1])[1])[0]) as $sd | kids($sd[2]) as $in | need("this is no time stamp"; name($in[0]) == "42,134,72,134,247,13,1,9,16,1,4")
  | kids(el(kids($in[1])[0].s)) as $info | kids($sd[-1]) as $signers | need("a time stamp has one signer"; ($signers | length) == 1)
  | kids(kids($signers[0])[1]) as $sid | ([$sd[3:-1][] | select(.t == 160)] | .[0]) as $held
  | {held: (if $held == null then [] else [kids($held)[] | . as $k | $b[$k.h:$k.e]] end), at: dertime($info[4]), imprint: (kids($info[2]) as $m | {hash: name(kids($m[0])[0]), value: (.[$m[1].s:$m[1].e] | hexed)}), issuer: .[$sid[0].h:$sid[0].e], serial: .[$sid[1].s:$sid[1].e]};
# The pinned authority that made a token; null where none is.
def stamper($s; $tsas; $chains): ([$tsas[] | select(.chain[0].issuer == $s.issuer and .chain[0].serial == $s.serial and (.chain | length) > 1 and holds($s.at))] | .[0]) as $a
  | if $a == null or ($s.held != [] and (($a.chain[0].der | bytes64) as $der | all($s.held[]; . != $der))) then null
    else need("the stamp\u0027s authority may not stamp, or not then"; all($a.chain[]; .from <= $s.at and $s.at <= .until) and all($a.chain[:-1][]; .file as $f | $chains | index($f))) | $a end;
# A C2SP verifier key of a kind; that its hint is its own is checked on `hashed`, elsewhere.
def vkey($kind): split("+") as $v | ($v[2:] | join("+") | bytes64) as $raw
  | need("this is no verifier key"; ($raw | length) == 33 and $raw[0] == $kind and ($v[1] | test("^[0-9a-f]{8}$"))) | {name: $v[0], hint: $v[1], raw: $raw, hashed: (($v[0] + "\n" | utf) + $raw | octal)};
def spki: [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0] + .raw[1:] | octal;
# A tree is the beginning of another (RFC 9162 2.1.4.2).
def extended($claim; $place; $id; $old; $new; $hashes): "the proof leads to another root" as $what | def step: .at |= half | .last |= half;
  if $old.size == $new.size then (if $hashes == [] and $old.root == $new.root then empty else error("two roots for one size") end)
  else ({at: ($old.size - 1), last: ($new.size - 1)} | until(.at % 2 == 0; step)) as $s | (if $s.at > 0 then [] else [$old.root | unhex | octal] end + ($hashes | map(octal))) as $rest
    | need("the proof is too short"; $rest != [] and all($hashes[]; length == 32))
    | reduce $rest[1:][] as $h ($s + {b: $rest[0], a: $rest[0], k: 0, out: []}; need("the proof is too long"; .last > 0) | .k += 1 | "\($id)_\(.k)" as $me
      | if .at % 2 == 1 or .at == .last then .out += [(["m", .k, $me + "b", $h, .b] | tsv), (["m", .k, $me + "a", $h, .a] | tsv)] | .b = "=" + $me + "b" | until(.at % 2 == 1 or .at == 0; step)
        else .out += [["m", .k, $me + "a", .a, $h] | tsv] end | .a = "=" + $me + "a" | step)
    | need($what; .last == 0) | .out[], (["x", .b, $old.root, $claim, $place, $what] | tsv), (["x", .a, $new.root, $claim, $place, $what] | tsv) end;
def halving: . as $w | 1 | until(. * 2 >= $w; . * 2);
def level: . as $w | {n: 1, k: 0} | until(.n >= $w; .n *= 2 | .k += 1) | .k;
# The nodes of a tree of which [first, end) is given as leaves, all else as hashes; gives operations and, last, the root.
def folded($id; $first; $leaves; $size; $outside): ($first + ($leaves | length)) as $to
  | def parts($l; $h): if $h <= $first or $l >= $to then "\($l)_\($h)" elif $h - $l == 1 then empty
      else ($l + ($h - $l | halving)) as $m | parts($l; $m), parts($m; $h) end;
  [parts(0; $size)] as $keys | need("there are too few or too many hashes"; ($keys | length) == ($outside | length))
  | (reduce range(0; $keys | length) as $i ({}; .[$keys[$i]] = $outside[$i])) as $known
  | def ref($l; $h): if $h <= $first or $l >= $to then $known["\($l)_\($h)"] elif $h - $l == 1 then $leaves[$l - $first] else "=\($id)_\($l)_\($h)" end;
    def nodes($l; $h): if $h <= $first or $l >= $to or $h - $l == 1 then empty
      else ($l + ($h - $l | halving)) as $m | nodes($l; $m), nodes($m; $h), (["m", ($h - $l | level), "\($id)_\($l)_\($h)", ref($l; $m), ref($m; $h)] | tsv) end;
  nodes(0; $size), ref(0; $size);
def foldcheck($claim; $place; $what; $id; $first; $leaves; $size; $outside; $root):
  [folded($id; $first; $leaves; $size; $outside)] | .[:-1][], (["x", .[-1], $root, $claim, $place, $what] | tsv);
def envelope: only(["payload", "payloadType", "signatures"]; []) | need("an envelope must have one signature"; (.signatures | type) == "array" and (.signatures | length) == 1)
  | (.signatures[0] | only(["sig"]; ["keyid"])) as $s | need("a string is required: payloadType"; (.payloadType | type) == "string")
  | {payload: (.payload | blob64), sig: ($s.sig | blob64), kind: .payloadType};
def pemtext: (capture("^-----BEGIN CERTIFICATE-----\n(?<b>[A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?$") // error("the verifier in the log entry is not one PEM block")) | .b | gsub("\n"; "") | blob64;
def jsontext: . as $t | (try fromjson catch error("the JSON does not parse")) | need("a JSON object is required"; type == "object");
# Requires the dsse 0.0.1 body; the hashes are of files that were written before.
def bodyops($claim; $place; $parts; $der; $payloadfile; $envelopefile):
  jsontext | need("an entry is of a kind that this verifier does not read"; .kind == "dsse" and .apiVersion == "0.0.1")
  | only(["apiVersion", "kind", "spec"]; []) | .spec | only(["envelopeHash", "payloadHash", "signatures"]; [])
  | need("the log entry must have one signature"; (.signatures | length) == 1) | (.signatures[0] | only(["signature", "verifier"]; [])) as $s
  | need("the log entry is about another signature"; $s.signature == $parts.sig)
  | need("the log entry is about another key"; ($s.verifier | blob64 | @base64d | pemtext) == $der)
  | need("the log entry is about another payload"; (.payloadHash | keys) == ["algorithm", "value"] and .payloadHash.algorithm == "sha256")
  | (["h", $payloadfile, .payloadHash.value, $claim, $place, "the log entry is about another payload"] | tsv),
    (if $envelopefile == null then empty else ["h", $envelopefile, .envelopeHash.value, $claim, $place, "the log entry is about another envelope"] | tsv end);
def pae($p): ["c", $p.out, ("DSSEv1 \($p.kind | utf8bytelength) \($p.kind) \($p.payload | size64) " | utf | octal), $p.file] | tsv;
