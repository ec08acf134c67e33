"""The words in which people forbid and require, as patterns for `demands`."""

from __future__ import annotations

import re

NOT = r"(?:do\s+not|don['’]?t|never|must\s+not|mustn['’]?t|should\s+not|shouldn['’]?t|(?:you\s+)?(?:may|can)\s?not|you\s+can['’]t)"
LEAD = (
    r"(?:please|pls|plz|also|and|but|so|just|ok|okay|then|now|again|important|critical|note|remember|rule|warning|caution|"
    r"you|claude|codex|agents?|always|that|make sure|be sure|ensure|i want you to|i need you to|i['’]d like you to|still|"
    r"however|instead|first|second|for now|right now|yet|to|you (?:must|should)|at (?:this|any) (?:point|stage|time)|"
    r"in this (?:step|phase|session|pr|task|repo|repository|change)|under no circumstances|absolutely|definitely|no|yes|stop|"
    r"hey|one (?:more )?thing|careful|attention|constraints?|requirements?|wait|do it|go ahead)"
)
HEAD = rf"(?:^|[,:(]\s*|\b(?:and|but|so|then|also|please)\s+)(?:[\W_]{{0,6}}{LEAD}\b[\W_]{{0,6}}){{0,6}}"
BEGIN = re.compile(rf"\A(?:[\W_]{{0,6}}{LEAD}\b[\W_]{{0,6}}){{0,8}}\Z", re.IGNORECASE)
NEGATED = re.compile(
    rf"(?P<not>{NOT}|\bi\s+(?:do\s+not|don['’]?t)\s+want\s+(?:you\s+)?to)\s+"
    rf"(?:ever\s+|even\s+|actually\s+|try to\s+|attempt to\s+|start to\s+|just\s+)?(?P<rest>\S.*)",
    re.IGNORECASE,
)
WITHOUT = re.compile(
    r"\bwithout\s+(?P<rest>(?:chang|modify|touch|edit|alter|add|creat|introduc|install|delet|remov|commit|push|runn)ing\b.*)",
    re.IGNORECASE,
)
NO_NEW = re.compile(
    rf"{HEAD}(?:with\s+)?no\s+(?P<rest>(?:new|additional|extra|more|code|file|edits?\b|changes?\b|commits?\b).*)",
    re.IGNORECASE,
)
AVOID = re.compile(r"\b(?:avoid|refrain from)\s+(?P<rest>\w+ing\b.*)", re.IGNORECASE)
ONLY = re.compile(
    r"(?:only\s+(?:ever\s+)?(?:change|edit|modify|touch|update|alter)|(?:change|edit|modify|touch|update)\s+only|"
    r"(?:limit|restrict|confine|scope)\s+(?:all\s+|any\s+)?(?:your\s+|the\s+)?(?:changes|edits|work|yourself|modifications)\s+(?:only\s+)?to|"
    r"(?:all\s+|any\s+|your\s+|the\s+)*(?:changes|edits)\s+(?:should|must)\s+be\s+(?:limited|restricted|confined)\s+to|stay\s+(?:with)?in)"
    r"\s+(?P<rest>.*)",
    re.IGNORECASE,
)
LEAVE = re.compile(
    r"\b(?:leave|keep)\s+(?P<rest>.{1,200}?)\s+(?:as[- ]is|untouched|unchanged|unmodified|alone|intact)\b(?P<tail>.*)",
    re.IGNORECASE,
)
KEEP_TESTS = re.compile(
    r"\b(?:must|always|please|should)\s+keep\s+(?:all\s+|the\s+|our\s+|existing\s+|any\s+){0,3}tests\s*(?P<tail>.*)\Z",
    re.IGNORECASE,
)
PASSIVE = re.compile(
    r"(?P<rest>.{1,200}?)\s+(?:must|should|may|shall)\s*(?:not|n['’]t)\s+be\s+(?P<verb>changed|modified|touched|edited|altered|deleted|removed)\b(?P<tail>.*)",
    re.IGNORECASE,
)
INSTEAD = re.compile(
    r"\buse\s+`?[\w -]{2,30}`?,?\s+(?:instead of|rather than|and not|but not|not|never)\s+(?P<rest>`[^`]{2,60}`|[a-z][\w-]{1,20})(?P<tail>.*)",
    re.IGNORECASE,
)
ASK = re.compile(
    r"\b(?:ask|check with|confirm with|consult)\s+(?:me|with me)\b.{0,40}\b(?:before|first)\b|\bwait for my\b|\bask (?:first|before)\b",
    re.IGNORECASE,
)
DEMANDING = re.compile(
    rf"^(?:[\W_]{{0,6}}{LEAD}\b[\W_]{{0,6}}){{0,6}}(?:always|never|make sure|ensure|be sure to|{NOT}|only)\b|"
    r"\b(?:you|it|this|that|they|code|tests?|changes?|the [\w-]{1,30}(?: [\w-]{1,30})?) must\b|"
    r"\bi (?:do\s+not|don['’]?t) want\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|while|except|other than|besides|apart from|beyond|more than|too much|"
    r"unnecessar\w+|needless\w+|directly|explicitly|asked|permission|approval|necessary|needed|possible|only when|in case|"
    r"instead of|just|blindly|simply|merely|otherwise|until (?!i\b|we\b|told|further|my\b)|before (?!i\b|we\b|my\b)|without|because of)\b",
    re.IGNORECASE,
)
FOR_NOW = re.compile(
    r"\b(?:yet|for now|right now|at this (?:point|stage|time)|until (?:i|we|told|further|my)|before (?:i|we|my)|first|in this (?:step|phase)|"
    r"just (?:plan|research|investigate|analy[sz]e|look|read|explore)|only (?:plan|research|investigate|analy[sz]e|explore))\b",
    re.IGNORECASE,
)
VERB = re.compile(r"(?P<verb>[a-z]+(?:\s+with(?=\s))?)(?P<object>\b.*)", re.IGNORECASE)
EDITING = frozenset(
    {"touch", "modify", "change", "edit", "alter", "update", "rewrite", "refactor", "overwrite", "reformat", "format"}
)
DELETING = frozenset({"delete", "remove", "drop"})
RUNNING = frozenset({"run", "execute", "invoke", "use", "call", "launch"})
MAKING = frozenset({"create", "add", "make", "introduce", "write", "install", "generate", "pull"})
TESTS = re.compile(
    r"\s*(?:any |the |our |my |all |existing |of |those |these |current |unit |integration )*(?:tests?|test (?:files?|cases?|suites?|code))\s*(?P<tail>.*)\Z",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"\A[\s.!,;)*]*(?:(?:yet|for now|right now|please|at all|ever|anymore|again|though|ok|okay|under any circumstances|in any way|until (?:i|we|told|further|my)\b.*|before (?:i|we|my)\b.*|in this (?:pr|task|session|change|step|phase))[\s.!,;)*]*)*\Z",
    re.IGNORECASE,
)
ALL_CODE = re.compile(
    r"\s*(?:any(?:thing)?|the|some)?\s*(?:actual |real |source |production )?(?:code(?: changes)?|changes|files?|edits|modifications|implementation|anything)?"
    r"(?P<tail>.*)\Z",
    re.IGNORECASE,
)
NEW_FILES = re.compile(
    r"\s*(?:any |a |more |extra |additional |other )*(?:new |extra |additional )(?:source |code |doc |documentation |test |markdown )?files?\b(?P<tail>.*)\Z",
    re.IGNORECASE,
)
NEW_DEPENDENCIES = re.compile(
    r"\s*(?:any |a |more |extra |other )*(?:(?:new |additional |extra |external |third[- ]party |npm |python |pip |runtime )+(?:dependenc(?:y|ies)|packages?|librar(?:y|ies)|deps)|dependencies|deps|(?<=any )(?:packages|libraries))\b(?P<tail>.*)\Z",
    re.IGNORECASE,
)
INSTALL = re.compile(
    r"\s*(?:any(?:thing)?|new|additional|extra|more|other|third[- ]party)?\s*(?:new )?(?:packages?|dependenc(?:y|ies)|librar(?:y|ies)|deps|modules)?(?P<tail>.*)\Z",
    re.IGNORECASE,
)
IT = re.compile(
    r"\s*(?:anything|any of (?:it|this|that)|it|this|that|these|them|(?:any |the |your |these |those |my )?(?:changes|work|code))?(?: to (?:git|the remote|remote|origin|github))?(?P<tail>.*)\Z",
    re.IGNORECASE,
)
OUTSIDE = re.compile(
    r"\s+(?:any(?:thing)?|any files?|files?|code|any code)?\s*(?:that (?:is|are) )?(?:outside(?: of)?|other than|except|besides)\s(?P<rest>.*)",
    re.IGNORECASE,
)
JOINED = re.compile(r"(?P<one>[a-z]+)\s+(?:or|and|nor)\s+(?P<two>[a-z]+)(?=\s)", re.IGNORECASE)
DOCUMENTS = re.compile(
    r"\s*(?:any |a |more |extra |additional |new |separate |summary )*(?:documentation|docs?|markdown|\.?md|readme)(?: files?| documents?)(?P<tail>.*)\Z",
    re.IGNORECASE,
)
NOT_YET = re.compile(
    r"(?:implement|code|start (?:coding|implementing|writing code|working|editing|the implementation)|edit|fix|proceed|"
    r"do|do any coding|begin (?:coding|implementing))(?: anything| it| this| any of (?:it|this)| code)?"
    r"(?P<tail>.*)\Z",
    re.IGNORECASE,
)
GIT_ACTS = (
    (
        re.compile(
            r"(?:open|create|make|submit|raise) (?:a |any |new |the )*(?:prs?|pull requests?)\b(?P<tail>.*)",
            re.IGNORECASE,
        ),
        ("gh pr create",),
    ),
    (
        re.compile(r"(?:create|make|open) (?:a |any |new |another )*branch(?:es)?\b(?P<tail>.*)", re.IGNORECASE),
        ("git checkout -b", "git switch -c"),
    ),
    (
        re.compile(r"force[- ]push\b(?P<tail>.*)", re.IGNORECASE),
        ("git push --force", "git push -f", "git push --force-with-lease"),
    ),
    (
        re.compile(r"push (?:directly |straight )?(?:to|on) (?:`?main`?)(?: branch)?\b(?P<tail>.*)", re.IGNORECASE),
        ("git push origin main",),
    ),
    (
        re.compile(r"push (?:directly |straight )?(?:to|on) (?:`?master`?)(?: branch)?\b(?P<tail>.*)", re.IGNORECASE),
        ("git push origin master",),
    ),
    (
        re.compile(r"amend\b(?: (?:any |the |previous |existing |last |my )*commits?)?(?P<tail>.*)", re.IGNORECASE),
        ("git commit --amend",),
    ),
    (re.compile(r"rebase\b(?: anything| the branch| it| this)?(?P<tail>.*)", re.IGNORECASE), ("git rebase",)),
)
"""Acts that people name without the command's words."""
REPORTING = re.compile(
    r"\A(?:(?:but|and|so|also|well|ok|hmm)[\s,]+){0,3}"
    r"(?:it|its|this|that|the|there|they|these|those|we|i|he|she|my|our|tests?|build|everything|nothing|all|still|now)\b"
    r"(?!.*\b(?:should|must|want|need|needs|would like|has to|have to)\b)"
    r"|\b(?:worked|works|crashe[sd]|fails|failed|passe[sd]|was|were|did|got|saw|shows?|returns?|returned|checked|looks|there (?:is|are)|"
    r"git status|says|said)\b",
    re.IGNORECASE,
)
"""The beginning of a sentence that reports what is, and demands nothing."""
COMPLAINT = re.compile(r"(?<!sure )(?<!that )\byou\s*\Z", re.IGNORECASE)
"""`you never run the tests` complains; `make sure you never run them` demands."""
SENTENCE_CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|except|until (?!i\b|we\b|told|further|my\b))\b", re.IGNORECASE
)
"""Makes every demand of its sentence a conditional one."""
HOLD = re.compile(
    r"(?:hold off|wait)(?: on| with)? (?:the |any |all )*(?:coding|implementing|implementation|(?:code )?changes|edits|editing)\b.*|"
    r"(?:this is )?(?:a )?(?:planning|analysis|research|read|review)[- ]only(?: task| session)?[.!]*",
    re.IGNORECASE,
)
"""Says that nothing is to be edited for now, without a denial."""
ASKED_ABOUT = re.compile(
    r"\bbefore\s+(?:you\s+)?(?:ever\s+)?(?:(?P<commit>committing|commit)|(?P<push>pushing|push)|"
    r"(?P<install>(?:installing|install|adding|add)\s+(?:any |new )*(?:packages?|dependenc(?:y|ies)|librar(?:y|ies))))\b",
    re.IGNORECASE,
)
"""What is to be asked about first, where a rule can see it being done."""

ORDER = (
    r"(?:add|build|change|check|clean|commit|continue|create|explain|finish|fix|implement|keep going|make|move|open|print|push|"
    r"refactor|rename|report|return|run|send|set|show|stop|tell|test|update|use|write)"
)
"""How a plain order begins that follows another one behind a comma."""
