# A line of input is: index, leaf hash of the window or -, JSON.
def shape: only(["mediaType", "verificationMaterial", "dsseEnvelope"]; [])
  | need("an unknown version of bundles"; .mediaType == "application/vnd.dev.sigstore.bundle.v0.3+json" or .mediaType == "application/vnd.dev.sigstore.bundle+json;version=0.3")
  | .verificationMaterial | only(["certificate", "tlogEntries"]; ["timestampVerificationData"]) | (.certificate | only(["rawBytes"]; [])) as $_
  | (.timestampVerificationData // {} | only([]; ["rfc3161Timestamps"]) | .rfc3161Timestamps // [] | map(only(["signedTimestamp"]; []) | .signedTimestamp | blob64)) as $t
  | need("a time stamp is there twice, or there are too many"; ($t | unique | length) == ($t | length) and ($t | length) <= 32)
  | need("a bundle must have one log entry"; (.tlogEntries | type) == "array" and (.tlogEntries | length) == 1)
  | .tlogEntries[0] | only(["logIndex", "logId", "kindVersion", "inclusionProof", "canonicalizedBody"]; ["integratedTime", "inclusionPromise"])
  | (.logId | only(["keyId"]; []) | .keyId | blob64) as $_ | need("an unknown kind of entry"; .kindVersion == {kind: "dsse", version: "0.0.1"})
  | (.canonicalizedBody | blob64) as $_ | (.inclusionProof | only(["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"]; []) | .checkpoint | only(["envelope"]; []) | .envelope | need("a string is required: envelope"; type == "string")) as $_
  | ([.logIndex, .inclusionProof.logIndex, .inclusionProof.treeSize, .integratedTime // 0] | map(whole)) as $_
  | need("a hash has another length"; all(.inclusionProof.rootHash, .inclusionProof.hashes[]; blob64 | size64 == 32))
  | (if has("inclusionPromise") then .inclusionPromise | only(["signedEntryTimestamp"]; []) | .signedEntryTimestamp | blob64 else null end) as $_ | .;
def times($p; $n; $e; $t; $log): "the time stamp is by no pinned authority" as $none
  | need("the log is not pinned"; $log != null)
  | ([$t | to_entries[] | .key as $k | (.value | token) as $s
      | stamper($s; $root[0].tsas; $chains[0]) as $a | need($none; $a != null)
      | {at: $s.at, k: $k, file: $a.chain[0].file, raw: $t[$k], doubted: ($a.revoked == true)}]) as $stamps
  | (if $e | has("inclusionPromise") then [$e.integratedTime | whole] else [] end) as $set | ([$stamps[] | select(.doubted | not) | .at] + $set) as $all
  | need("there is no proved time"; $all != [] or any($stamps[]; .doubted)) | need("the log\u0027s key was not pinned for a proved time"; all($all[]; . as $at | $log | holds($at))) | {all: $all, stamps: $stamps};
def timeops($p; $n; $e; $log): .stamps[] as $s | (["d", "\($n).\($s.k).tsr", $s.raw] | tsv), (["t", "times", $p, "\($n).\($s.k).tsr", "\($n).sig", $s.file + ".pem", $s.at] | tsv);
def setops($p; $n; $e; $log): if $e | has("inclusionPromise") then
  (["d", "\($n).setmsg", ("{\"body\":\"\($e.canonicalizedBody)\",\"integratedTime\":\($e.integratedTime | whole),\"logID\":\"\($log.id | bytes64 | hexed)\",\"logIndex\":\($e.logIndex | whole)}" | @base64)] | tsv),
  (["d", "\($n).set", ($e.inclusionPromise.signedEntryTimestamp)] | tsv),
  (["s", "times", $p, "the entry timestamp\u0027s signature does not hold", $log.file, $log.hash, "\($n).set", "\($n).setmsg"] | tsv) else empty end;
def sctops($p; $n; $issuer): . as $c | (ext("43,6,1,4,1,214,121,2,4,2") // error("the certificate must hold one SCT")) as $v | ($v | el(0)) as $o | $v[$o.s:$o.e] as $l
  | need("the certificate must hold one SCT"; ($l[:2] | big) == ($l | length) - 2 and ($l[2:4] | big) == ($l | length) - 4) | $l[4:] as $s | ($s[41:43] | big) as $m
  | need("an SCT is malformed"; $s[0] == 0 and $s[43 + $m] == 4 and ($s[45 + $m:47 + $m] | big) == ($s | length) - 47 - $m)
  | (($s[33:41] | big) / 1000) as $at | ([$root[0].ct[] | select((.id | bytes64) == $s[1:33] and holds($at))] | .[0]) as $log | need("the SCT is by a log that is not pinned"; $log != null)
  | ($c.head + ([$c.ext[] | select(.id != "43,6,1,4,1,214,121,2,4,2") | .whole[]] | wrap(48) | wrap(163)) | wrap(48)) as $tbs | ($tbs | length) as $len
  | (["w", "\($n).sctmsg", ([0, 0] + $s[33:41] + [0, 1] + ($spkis[0][$issuer] | unhex) + [0, ($len / 256 | floor), $len % 256] + $tbs + $s[41:43 + $m] | octal)] | tsv),
    (["w", "\($n).sct", ($s[47 + $m:] | octal)] | tsv), (["s", "certificates", $p, "the SCT\u0027s signature does not hold", $log.file, $log.hash, "\($n).sct", "\($n).sctmsg"] | tsv);
def pathops($p; $n; $all): . as $c | (ext("85,29,15") // error("the certificate\u0027s key may not sign")) as $ku
  | need("the certificate\u0027s key may not sign"; $ku[3] >= 128)
  | (ext("85,29,37") // error("the certificate is for other uses")) as $eku | need("the certificate is for other uses"; $eku | . as $b | kids(el(0)) | any(.[]; . as $k | $b | name($k) == "43,6,1,5,5,7,3,3"))
  | need("the certificate is an authority\u0027s"; (ext("85,29,19") // []) | index(255) == null)
  | [$all[] as $at | [$root[0].cas[] | select(holds($at)) | .chain as $ch | range(0; $ch | length) as $i | $ch[$i]
      | select(.subject == $c.issuer and all($ch[$i:][], $c; .from <= $at and $at <= .until) and all($ch[$i:-1][]; .file as $f | $chains[0] | index($f))) | .file]] as $found
  | need("no pinned authority issued the certificate for the proved time"; all($found[]; length > 0))
  | (["a", $p, "\($n).pem", (reduce $found[] as $f ($found[0]; . - (. - $f)) | map(. + ".pem") | join(" "))] | tsv), sctops($p; $n; $found[0][0]);
def signer: . as $c | (ext("85,29,17") // []) as $b | (if $b == [] then [] else $b | kids(el(0)) end) as $names | need("the certificate must have one name"; ($names | length) == 1)
  | (ext("43,6,1,4,1,131,191,48,1,8")) as $new | (if $new then $new | el(0) as $e | .[$e.s:$e.e] else ext("43,6,1,4,1,131,191,48,1,1") // [] end) as $issuer
  | ["g", ($b[$names[0].s:$names[0].e] | implode), ($issuer | implode)] | tsv;
inputs | split(" ") as $w | $w[0] as $n | $w[1] as $leaf | ($w[2:] | join(" ")) as $text | "entry \($n)" as $p
| guard("entries"; $p;
  ($text | jsontext) as $b | ($b | .dsseEnvelope | envelope) as $v | ($b | shape) as $e | ($b.verificationMaterial) as $m
  | ($m.certificate.rawBytes | bytes64 | cert) as $c | ($v.payload | @base64d | jsontext) as $st | ($e.inclusionProof) as $proof | ($e.canonicalizedBody) as $body
  | ([$root[0].logs[] | select(.id == $e.logId.keyId)] | .[0]) as $log | ([$m.timestampVerificationData.rfc3161Timestamps // [] | .[].signedTimestamp]) as $t
  | (["d", "\($n).payload", $v.payload] | tsv), (["d", "\($n).sig", $v.sig] | tsv), (["d", "\($n).body", $body] | tsv), (["p", "\($n).pem", $m.certificate.rawBytes] | tsv),
    (["w", "\($n).key", ($c.spki | octal)] | tsv),
    ((($st.predicate | objects) // {}) as $pr | ["j", $n, ({type: $st.predicateType, session: (($pr.session | objects | .id) // null), parts: ((($pr.parts | objects) // {}) | {list, root}), links: [$pr.links | arrays | .[] | objects | {commit, session, derivedFrom: (.derivedFrom // [])}]} | tojson)] | tsv),
    (if ($b | tojson) == ($text | sub(" $"; "")) then empty else ["u", "data/entries/\("000000000000\($n)"[-12:]).sigstore.json", $p] | tsv end),
    guard("entries"; $p; need("the log is not pinned"; $log != null)
      | need("its bundle is that of entry \($e.logIndex | whole)"; ($e.logIndex | whole) == ($n | tonumber) and ($proof.logIndex | whole) == ($n | tonumber))
      | need("it is of another log"; $log.name == "https://" + $facts[0].log)
      | need("it is not the leaf that the window says"; $leaf != "-")
      | (["c", "\($n).leaf", "\\000", "\($n).body"] | tsv), (["h", "\($n).leaf", $leaf, "entries", $p, "it is not the leaf that the window says"] | tsv),
        included("entries"; $p; "e\($n)"; ($leaf | unhex | octal); ($n | tonumber); ($proof.treeSize | whole); ($proof.hashes | map(bytes64)); ($proof.rootHash | bytes64 | hexed)),
        ($proof.checkpoint.envelope | note | need("the checkpoint is of another tree"; .size == ($proof.treeSize | whole) and .root == ($proof.rootHash | bytes64 | hexed)) | noteops($log; "entries"; $p; "\($n).cp")),
        ($body | @base64d | bodyops("entries"; $p; $v; $m.certificate.rawBytes; "\($n).payload"; null))),
    pae($v + {out: "\($n).pae", file: "\($n).payload"}), (["s", "signatures", $p, "the signature does not hold", "\($n).key", ($c.spki | keykind), "\($n).sig", "\($n).pae"] | tsv),
    ((try times($p; $n; $e; $t; $log) catch {bad: .}) as $at
      | if $at.bad then fail("times"; $p; $at.bad | if type == "string" then . else "it does not parse" end)
        else ($at | timeops($p; $n; $e; $log)), setops($p; $n; $e; $log), (if $at.all == [] then ["n", $n] | tsv else empty end), guard("certificates"; $p; $c | (if $at.all == [] then empty else pathops($p; $n; $at.all) end), signer) end))
