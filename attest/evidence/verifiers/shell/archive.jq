# A line is: bytes before the header that must be zero, then the header; each as octal words. The first word is their count.
def row($s; $n): [$s, range(0; $n) | if type == "string" then explode[] else 0 end];
def text($s): $s | explode;
(text("0000644\u00000000000\u00000000000\u0000")) as $owner | (text("02263523000\u0000")) as $when | (text("ustar\u000000")) as $magic | (text("0000000\u00000000000\u0000")) as $devices
| foreach (inputs | split(" ") | map(select(. != ""))) as $l ({n: -1, last: "whereof-evidence/", seen: {}, at: 0};
  ($l[0] | tonumber) as $gap | ($l[1:] | map((.[0:1] | tonumber) * 64 + (.[1:2] | tonumber) * 8 + (.[2:3] | tonumber))) as $all | ($all[$gap:]) as $b
  | .n += 1 | .bad = null
  | if any($all[:$gap][]; . != 0) then .bad = "there is something between two members" | .n -= 1 | .path = .last
    elif ($b | length) == 512 and all($b[]; . == 0) then .stop = true
    elif ($b | length) < 512 then .bad = "the archive is cut, or is none" | .path = null
    else
      ($b[:100] | (index(0) // 100)) as $to | .path = ($b[:$to] | implode)
      | ([$b[124:135][] | select(. >= 48 and . <= 55)] | length == 11) as $sized
      | (reduce $b[124:135][] as $d (0; . * 8 + $d - 48)) as $size | .size = $size
      | ($b[:148] + (" " * 8 | explode) + $b[156:] | add) as $sum
      | ([[$sum | recurse(if . < 8 then empty else . / 8 | floor end) | . % 8 + 48] | reverse | (if length < 6 then [range(0; 6 - length) | 48] + . else . end)[]] + [0, 32]) as $check
      | (.path | split("/")) as $seg
      | .bad = (if (.path | length) > 100 or (.path | startswith("whereof-evidence/") | not) then "the path is too long, or not below whereof-evidence/"
        elif .path == "whereof-evidence/VERIFY.md" then null
        elif ($seg | length) > 9 then "the path has too many segments"
        elif any($seg[1:][]; (test("^[a-z0-9][a-z0-9._-]*$") | not) or endswith(".") or test("^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?$")) then "the path is not plain, or holds a reserved name"
        else null end)
      | if .bad == null and (($sized | not) or any($b[$to:100][]; . != 0) or $b[100:124] != $owner or $b[135] != 0 or $b[136:148] != $when or $b[148:156] != $check
          or $b[156] != 48 or any($b[157:257][]; . != 0) or $b[257:265] != $magic or any($b[265:329][]; . != 0) or $b[329:345] != $devices or any($b[345:][]; . != 0))
        then .bad = "this kind of member, or form of header, is not allowed" else . end
      | if .bad == null then
          ($seg[1:] as $in | [range(1; $in | length) as $k | $in[:$k] | join("/")]) as $folders | .seen as $seen
          | if .path <= .last or any($folders[]; $seen[.]) then .bad = "the member is there twice, not in order, or both file and folder"
            elif .n >= 500000 then .bad = "there are too many members" else .seen[$seg[1:] | join("/")] = true | .last = .path end
        else . end
    end;
  if .bad then "F\tmember \(.n)\(if .path == null then "" else " " + (.path | gsub("[^ -~]"; "?") | .[:120]) end)\t\(.bad)"
  elif .stop then "E\t\(.n)" else "M\t\(.path)\t\(.size)" end)
