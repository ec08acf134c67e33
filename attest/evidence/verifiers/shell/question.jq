def word: type == "string";
def malformed: error("the question is malformed");
. as $f | need("a string is required: bundle"; .bundle | word)
| if (.bundle | startswith("whereof-evidence/")) and .bundle != "whereof-evidence/v1" then error("?an unknown version of evidence bundles") else . end
| only(["bundle", "log", "head", "window", "question", "entries", "parts", "trust"]; [])
| need("this is no evidence bundle"; .bundle == "whereof-evidence/v1")
| [(.head | only(["size", "root"]; [])), (.window | only(["first", "end"]; []))] as $_ | $f
| need("a string is required: log"; .log | word)
| [(.head.size, .window.first, .window.end, .entries) | need("a whole number is required"; type == "number") | whole] as $_ | $f
| need("there is no such window"; .window.first < .window.end and .window.end <= .head.size)
| need("the root is malformed"; (.head.root | word) and (.head.root | test("^[0-9a-f]{64}$")))
| need("the trust digest is malformed"; (.trust | word) and (.trust | test("^sha256:[0-9a-f]{64}$")))
| need("a member is malformed"; .parts == "none" or .parts == "redacted")
| .question | need("an object is required: question"; type == "object")
| if .kind == "interval" then only(["kind", "since", "until"]; []) | need("the question is malformed"; all(.[]; . == null or word))
    | {keys: [], more: "data/own.jsonl", words: "everything logged from \(.since // "the beginning") to \(.until // "the head")"}
  elif .kind == "commits" then only(["kind", "commits", "asked"]; []) | need("the question is malformed"; .asked | word)
    | {keys: [.commits[] | "git-commit\u0000" + .], ok: all(.commits[]; test("^[0-9a-f]{40}([0-9a-f]{24})?$")), more: "data/answers.jsonl", words: "\(.commits | length) commits, asked for as \(.asked)"}
  elif .kind == "sessions" then only(["kind", "sessions"]; [])
    | {keys: [.sessions[] | "session\u0000" + .], ok: all(.sessions[]; test("^ses_[0-9A-HJKMNP-TV-Z]{26}$")), more: "data/answers.jsonl",
       words: "\(.sessions | length) sessions: \(.sessions[:3] | join(", "))\(if (.sessions | length) > 3 then " \u2026" else "" end)"}
  else error("an unknown kind of question") end
| need("the question is malformed"; .more == "data/own.jsonl" or (.ok and (.keys | length) > 0 and (.keys | length) <= 100000 and (.keys | unique | length) == (.keys | length)))
