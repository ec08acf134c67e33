# One session: its list is the one that its statement commits to, each part here is the one listed.
"entry \($n)" as $p | guard("parts"; $p; ($list | jsontext | .parts | need("a list is required: parts"; type == "array")) as $parts | $said[0][$n].parts as $stated
  | need("the list is not the one that the statement commits to"; $stated.list != null and $stated.root != null and $parts != [])
  | (["h", "../x/whereof-evidence/\($folder)/list.json", $stated.list, "parts", $p, "the list is not the one that the statement commits to"] | tsv),
    ($parts | to_entries[] | (["l", "p\($n)_l\(.key)", ([0] + (.value.name | utf) + [0] + (.value.commitment | unhex) | octal)] | tsv)),
    foldcheck("parts"; $p; "the list is not the one that the statement commits to"; "p\($n)"; 0; ($parts | to_entries | map("=p\($n)_l\(.key)")); ($parts | length); []; $stated.root),
    (($state | rtrimstr("\n") | split("\n") | map(jsontext)) as $lines | need("state.jsonl has not one line for each part"; ($lines | length) == ($parts | length))
      | range(0; $parts | length) as $i | $lines[$i] as $l | $parts[$i] as $part | ($l | only(["name", "state"]; ["salt"])) as $_ | "\($folder)/\("000000\($i)"[-6:]).part" as $path
      | need("a line of state.jsonl is malformed"; $l.name == $part.name and (["here", "erased", "withheld", "not-kept"] | index($l.state)) and (($l.state == "here") == ($l | has("salt"))))
      | (["b", $l.state, $path] | tsv), (if $l.state != "here" then empty else guard("parts"; "part \($n) \($part.name)"; ($l.salt | unhex) as $salt | need("it is missing, or of another size"; $sizes[0][$path] == $part.size and ($salt | length) == 32)
        | ["e", "part \($n) \($part.name)", $path, ($salt | octal), $part.commitment] | tsv) end)))
