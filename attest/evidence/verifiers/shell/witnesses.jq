def host: .name | split("/")[0] | split(":")[0] | ascii_downcase | sub("\\.+$"; "");
def same_operator($log): . as $w | ($log | host) as $a | host as $b | $log.raw[1:] == $w.raw[1:] or $a == $b or ($a | endswith("." + $b)) or ($b | endswith("." + $a));
def said($state; $what): ["S", "witnesses", $state, $what] | tsv;
($vkey | rtrimstr("\n") | vkey(1)) as $log
| [($c2sp | note).lines[] | {name, hint: (.raw[:4] | hexed), sig: .raw[4:]} | select(.name != $log.name or .hint != $log.hint)] as $lines | $policy[0] as $p
| if $p == null then (if $lines == [] then said("none"; "no signature line of others") else said("not checked"; "\($lines | length) signature lines of others, and no witness policy was given") end)
  elif all($p.logs[]; .name != $log.name) then said("not checked"; "the policy names no key of this log")
  else
    (if any($p.logs[]; .name == $log.name and .raw == $log.raw) then empty else fail("witnesses"; "head"; "log.vkey is not the key that the policy names") end),
    ([$lines | to_entries[] | .key as $k | .value as $l | {$k, l: $l, w: ([$p.witnesses[] | select(.name == $l.name and .hint == $l.hint)] | .[0])}] as $all
    | ($all[] | select(.w != null) | "cosig.\(.k)" as $f | "witness \(.w.as)" as $place | (.l.sig[:8] | big) as $at
      | if (.l.sig | length) <= 8 or $at >= 9007199254740992 then fail("witnesses"; $place; "its cosignature does not hold")
        else (["w", $f + ".key", (.w | spki)] | tsv), (["w", $f + ".sig", (.l.sig[8:] | octal)] | tsv), (["c", $f + ".msg", ("cosignature/v1\ntime \($at)\n" | utf | octal), "head2.note"] | tsv),
          (["s", "witnesses", $place, "its cosignature does not hold", $f + ".key", "ed25519", $f + ".sig", $f + ".msg"] | tsv) end),
      # A cosignature that does not hold fails the claim, whatever is counted here.
      ([$p.witnesses[] | . as $w | select(any($all[]; .w.as == $w.as))] as $names | [$names[] | select(same_operator($log)) | .as] as $own | ([$names[].as] - $own) as $counted
      | ([$all[] | select(.w == null)] | length) as $others
      | (reduce $p.groups[] as $g ($counted; . as $r | if ([$g.members[] | select(. as $m | $r | index($m))] | length) >= $g.least then . + [$g.as] else . end)) as $reached
      | ("counted: \(if $counted == [] then "none" else $counted | join(", ") end)" + (if $own == [] then "" else "; of the log\u0027s own operator, so not counted: \($own | join(", "))" end)
        + (if $others == 0 then "" else "; signature lines of others: \($others)" end)) as $words
      | if $counted != [] and ($p.quorum == "none" or ($p.quorum as $q | $reached | index($q))) then said("checked"; $words) else said("not checked"; "no quorum; " + $words) end))
  end
