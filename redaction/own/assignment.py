"""Values assigned to names that say they are secret, in the ways of programming languages, configuration and shells."""

from __future__ import annotations

from redaction import accept, accept_secret
from redaction.own.words import ANY, ESCAPE, NAME, QUOTE, SHORT_NAME, SPACE, TYPE, WEAK_NAME
from redaction.rules import Rule

GROUP = "assignment"
ENTITY = "PASSWORD"
_SIGN = r"(?::=|=>|->|[!=]==?|=|:|,)"
_SHORT_SIGN = r"(?::=|=>|->|[!=]==?|=|:)"
_PLAIN_SIGN = r"(?::=|=>|==?|:)"
_VALUE = r"([^\s\"'`\\,;<>(){}\[\]]{4,512})"
_LOOSE = r"([^\s\"'`\\,;<>]{4,512})"
_QUOTED = r"([^\s\"'`\\]{4,512})"
_PREFIX = r"(?:[a-z]{0,2}|@)"
_FALLBACK = r"(?:or|\|\||\?\?|\?:|,|\)\.(?:or_?[Ee]lse|unwrap_or|orElse)[A-Za-z_]{0,16}\()"

ASSIGNMENT = (
    Rule(
        name="assignment-quoted",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){NAME}(?:{QUOTE})?\]?{TYPE}{SPACE}{_SIGN}{SPACE}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-quoted-short",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){SHORT_NAME}(?:{QUOTE})?\]?{TYPE}{SPACE}{_SHORT_SIGN}{SPACE}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-plain",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){NAME}(?:{QUOTE})?{SPACE}{_PLAIN_SIGN}{SPACE}{_VALUE}\(?",
        capture=1,
        accept=accept.assigned_secret,
    ),
    Rule(
        name="assignment-plain-short",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){SHORT_NAME}(?:{QUOTE})?{SPACE}{_PLAIN_SIGN}{SPACE}{_LOOSE}",
        capture=1,
        accept=accept_secret.plain_password,
    ),
    Rule(
        name="assignment-weak-name",
        group=GROUP,
        entity="SECRET",
        pattern=rf"(?i){WEAK_NAME}(?:{QUOTE})?{TYPE}{SPACE}(?:{_SIGN}){SPACE}{_PREFIX}(?:{QUOTE})?([^\s\"'`\\,;<>(){{}}\[\]]{{16,512}})",
        capture=1,
        accept=accept_secret.random_looking,
    ),
    Rule(
        name="assignment-default",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){ANY}(?:{QUOTE})?[)\]]{{0,2}}{SPACE}{_FALLBACK}{SPACE}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-setter",
        group=GROUP,
        entity=ENTITY,
        # setPassword("..."), .withToken('...'), PASSWORD("...")
        pattern=rf"(?i)(?:set|with|use|update|change|reset)?_?{ANY}{SPACE}\({SPACE}{_PREFIX}{QUOTE}{_QUOTED}{QUOTE}",
        capture=1,
        accept=accept_secret.plain_password,
    ),
    Rule(
        name="assignment-call",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){ANY}(?:{QUOTE})?{SPACE}(?::=|=|:){SPACE}[A-Za-z_][\w.:]*\((?:{QUOTE})?[^\"'`\\\n()]+"
        rf"(?:{QUOTE})?,{SPACE}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-call-argument",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)(?:getenv|environ\.get|get_?(?:property|env|or_?default|string|value)?)\({QUOTE}?[A-Za-z0-9_.-]{{0,30}}"
        rf"(?:pw|pass|{NAME}){QUOTE}?,{SPACE}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-spaced",
        group=GROUP,
        entity=ENTITY,
        # HCL, Gradle, `SET password "..."`, `#define API_KEY "..."`: a name and a quoted value with nothing between.
        pattern=rf"(?i)(?:^|[\s{{(]){ANY}[ \t]{{1,8}}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-pair",
        group=GROUP,
        entity=ENTITY,
        # {"name": "DB_PASSWORD", "value": "..."} and its forms in YAML and XML attributes.
        pattern=rf"(?i)(?:name|key|id)(?:{QUOTE})?{SPACE}[:=]{SPACE}(?:{QUOTE})?[A-Za-z0-9_.-]*{ANY}(?:{QUOTE})?"
        rf"[\s,;]{{0,40}}(?:{ESCAPE}n[ \t]{{0,40}})?(?:{QUOTE})?(?:value|val|content|default)(?:{QUOTE})?{SPACE}[:=]{SPACE}"
        rf"(?:{QUOTE})?([^\s\"'`\\<>]{{4,512}})",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-list",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)(?:^|[^A-Za-z0-9]){NAME}(?:{QUOTE})?{SPACE}(?:=>|:|=){SPACE}[\[(]{{1,2}}\s{{0,20}}{_PREFIX}{QUOTE}{_QUOTED}",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-xml",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)<[a-z0-9_.:-]{{0,30}}(?:{NAME}|pw|psw)(?:[ \t][^<>\n]{{0,80}})?>\s{{0,40}}([^\s<>\"'`]{{4,512}})\s{{0,20}}</",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-xml-named",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)<[a-z0-9_.:-]{{1,30}}[ \t][^<>\n]{{0,60}}{QUOTE}[a-z0-9_.:-]{{0,40}}{NAME}{QUOTE}[^<>\n]{{0,40}}>"
        r"\s{0,40}([^\s<>\"'`]{4,512})\s{0,20}</",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-plist",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)<key>[a-z0-9_. -]{{0,40}}{NAME}</key>(?:\s|\d{{1,6}}→){{0,40}}<(?:string|data)>\s{{0,40}}([^\s<>\"'`]{{4,512}})",
        capture=1,
        accept=accept_secret.quoted,
    ),
    Rule(
        name="assignment-key-member",
        group=GROUP,
        entity="SECRET",
        # The private members of a JSON Web Key, each known by its one letter.
        pattern=r"[\"'](?:d|k|p|q|dp|dq|qi)\\{0,4}[\"']:[ ]?\\{0,4}[\"']([A-Za-z0-9_-]{20,})\\{0,4}[\"']",
        capture=1,
        accept=accept_secret.random_looking,
    ),
    Rule(
        name="assignment-hex-array",
        group=GROUP,
        entity="SECRET",
        pattern=rf"(?i)(?:key|{ANY})[a-z0-9_]*(?:{QUOTE})?(?:[ \t:]+[\w<>*&\[\]]+)?{SPACE}[:=]?{SPACE}(?:new[ \t]byte\[\][ \t]?|bytes?)?[\[({{]{{1,2}}\s{{0,20}}"
        r"((?:(?:\(byte\))?(?:0x)?[0-9a-f]{1,3},[\s\\]*){7,}"
        r"(?:(?:\(byte\))?(?:0x)?[0-9a-f]{1,3})?)",
        capture=1,
        accept=accept_secret.byte_list,
    ),
)
