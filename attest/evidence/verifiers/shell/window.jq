$facts[0] as $f | ($window | rtrimstr("\n") | split("\n")) as $lines | ($f.window.first) as $first
| ([range(0; $lines | length) as $i | select($lines[$i] | test("^(0|[1-9][0-9]{0,11}) [0-9a-f]{64} (entry|own|other)$") and (split(" ")[0] | tonumber) == $first + $i | not) | $i] | .[0]) as $bad
| ($lines[:($bad // ($lines | length))] | map(split(" "))) as $rows
| ($rows[] | ["i", .[0], .[1], .[2]] | tsv),
  guard("window"; "window";
    need("the line of leaf \($first + ($bad // 0)) is malformed or missing"; $bad == null and ($window | endswith("\n")))
    | need("the window has lines up to \($first + ($rows | length)), not \($f.window.end)"; $first + ($rows | length) == $f.window.end)
    | ($outside | if . == "" then [] else rtrimstr("\n") | split("\n") end) as $out
    | need("a line of outside.txt is malformed"; all($out[]; test("^[0-9a-f]{64}$")))
    | foldcheck("window"; "window"; "the window leads to another root"; "w"; $first; ($rows | map(.[1] | unhex | octal)); $f.head.size; ($out | map(unhex | octal)); $f.head.root),
      ([$rows[] | select(.[2] == "entry") | .[0] | tonumber] as $e
        | need("the window has another number of entries"; ($e | length) == $f.entries)
        | need("the window does not begin and end with an entry"; (if $e == [] then [$f.head.size - 1, $f.head.size] else [$e[0], $e[-1] + 1] end) == [$first, $f.window.end]) | empty))
