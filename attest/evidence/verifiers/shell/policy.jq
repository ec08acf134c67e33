def none_of($list): . as $x | $list | index($x) | not;
need("this is no policy file"; $policy | (. == "" or endswith("\n")) and (explode | length <= 262144 and all(.[]; . == 9 or . == 10 or (. >= 32 and . != 127))))
| ($policy | split("\n")[:-1]) | need("the policy is too long"; length <= 1024)
| reduce (.[] | [splits("[ \t]+")] | map(select(. != "")) | select(length > 0 and (.[0] | startswith("#") | not))) as $w ({logs: [], witnesses: [], groups: [], quorum: "", used: []};
    ($w | length) as $n | [(.witnesses + .groups)[].as] as $known
    | if $w[0] == "log" and ($n == 2 or $n == 3) then ($w[1] | vkey(1)) as $k | need("a log stands twice in the policy"; all(.logs[]; .raw != $k.raw)) | .logs += [$k]
      elif $w[0] == "quorum" and $n == 2 then need("the policy\u0027s quorum is unknown"; .quorum == "" and ($w[1] == "none" or ($w[1] | none_of($known) | not))) | .quorum = $w[1]
      elif ($w[0] == "witness" and ($n == 3 or $n == 4)) or ($w[0] == "group" and $n >= 4 and $n <= 4096)
      then need("a name of the policy stands twice"; $w[1] | . != "none" and none_of($known))
        | if $w[0] == "witness" then ($w[2] | vkey(4)) as $k | need("a witness stands twice in the policy"; all(.witnesses[]; .raw != $k.raw)) | .witnesses += [$k + {as: $w[1]}]
          else $w[3:] as $m | need("a group of the policy names what is not defined, or is a member already"; $m - $known == [] and $m - .used == $m and ($m | unique | length) == ($m | length))
            | ({any: "1", all: "\($m | length)"}[$w[2]] // $w[2]) as $t | need("a threshold of the policy is out of range"; $t | test("^[1-9][0-9]{0,4}$") and tonumber <= ($m | length))
            | .used += $m | .groups += [{as: $w[1], least: ($t | tonumber), members: $m}] end
      else error("a line of the policy is of no known form") end
    | need("the policy is too long"; all(.logs, .witnesses, .groups; length <= 64)))
| need("the policy has no quorum"; .quorum != "")
