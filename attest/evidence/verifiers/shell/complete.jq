# Follows the keys of the question over the rows that were proved.
$facts[0] as $f | "complete" as $c | ($rows | map(select(.o < $limit))) as $good | (reduce $good[] as $r ({}; if has($r.key) then . else .[$r.key] = $r.rows end)) as $rows
| def shown: split("\u0000") | join(" ");
  {queue: $asked[0], at: 0, reached: (reduce $asked[0][] as $k ({}; .[$k] = true)), listed: {}, out: []}
| until(.at >= (.queue | length) or (.queue | length) > 200000;
    .queue[.at] as $key | .at += 1
    | if $rows[$key] == null then .out += [fail($c; "key " + ($key | shown); "nothing proves what is listed for it")]
      else reduce $rows[$key][] as $row (.; ($row[0] | tostring) as $n | .listed[$n] = true | "entry \($n)" as $p
        | if $kinds[0][$n] != "entry" then .out += [fail($c; $p; "it was withheld: the log lists it for " + ($key | shown))]
          elif $payloads[0][$n] == null then .
          elif $payloads[0][$n] != $row[1] then .out += [fail($c; $p; "the log lists another statement there")]
          elif $key | startswith("git-commit\u0000") | not then .
          else ($key | split("\u0000")[1]) as $oid | $said[0][$n] as $s
            | reduce ((if $s.type == "https://whereof.dev/attestation/session/v1" then $s.session | strings | "session\u0000" + . else empty end),
                (if $s.type == "https://whereof.dev/attestation/commit-link/v1" then $s.links[] | select(.commit == $oid) | (.derivedFrom | arrays | .[] | "git-commit\u0000\(.)"), (.session | strings | "session\u0000" + .) else empty end)) as $k
              (.; if .reached[$k] then . else .reached[$k] = true | .queue += [$k] end) end) end)
| .listed as $listed | (if (.queue | length) > 200000 then fail($c; "window"; "the question leads to too many keys") else empty end), .out[],
  ($kinds[0] | to_entries[] | select(.value == "entry" and ($listed[.key] | not)) | fail($c; "entry \(.key)"; "it is listed under no key of the question")),
  (["z", "\(.listed | length) entries under \(.queue | length) keys, all that the log lists at this head"] | tsv)
