"""Lines of configuration files whose form says that a password stands there: also where it is an ordinary word."""

from __future__ import annotations

from redaction import accept_secret, near_keys, tables
from redaction.own.words import LOGIN, NAME, QUOTE, SPACE
from redaction.rules import Rule

GROUP = "line"
ENTITY = "PASSWORD"
_BEGIN = r"(?:^|→|\t)[ \t]{0,40}(?:[+>-][ \t]{0,8})?"
_END = r"[ \t\r]{0,8}$"

LINES = (
    Rule(
        name="line-word",
        group=GROUP,
        entity=ENTITY,
        # an ordinary word behind the name of a password
        pattern=rf"(?i){_BEGIN}(?:export[ \t]{{1,4}}|set[ \t]{{1,4}})?[a-z0-9_.\[\]-]{{0,40}}(?:{LOGIN}|pw|psw|psk|secret(?:write|read)?)[a-z0-9_]{{0,12}}[\"']?[ \t]{{0,12}}[:?]?[=:][ \t]{{0,12}}[\"']?([a-z]{{6,64}})[\"']?{_END}",
        capture=1,
        accept=accept_secret.word_of_config,
    ),
    Rule(
        name="line-directive",
        group=GROUP,
        entity=ENTITY,
        # requirepass X, bindpw X, password X as all that stands on a line
        pattern=rf"(?i){_BEGIN}(?:set[ \t]{{1,4}})?(?:requirepass|masterauth|bindpw|rootpw|ldapbindpassword|authldapbindpassword|passphrase|passwd|password|pass|[a-z]{{2,16}}[_-]password)"
        rf"[ \t]{{1,20}}{QUOTE}?([^\s\"'`\\:=(){{}}<>|]{{5,128}}){QUOTE}?{_END}",
        capture=1,
        accept=accept_secret.word_of_config,
    ),
    Rule(
        name="line-set",
        group=GROUP,
        entity=ENTITY,
        # set -gx NAME X, ENV NAME X, setx NAME X, NAME ?= X
        pattern=rf"(?i)(?:^|[^a-z])(?:set(?:env|x)?|env|arg|config:set|configure set)[ \t]{{1,4}}(?:-[a-z]{{1,6}}[ \t]{{1,4}}){{0,3}}[a-z0-9_.]{{0,40}}{NAME}(?:[ \t]{{1,8}}|[ \t]?\?=[ \t]?|=)[\"']?([^\s\"'`\\=:]{{5,256}})",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="line-make",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i){_BEGIN}[a-z0-9_.]{{0,40}}{NAME}[ \t]{{0,4}}\?=[ \t]{{0,4}}([^\s\"'`\\]{{5,256}})",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="line-double-colon",
        group=GROUP,
        entity=ENTITY,
        pattern=r"(?i)\buserpassword::[ ]([a-z0-9+/]{6,400}={0,2})",
        capture=1,
    ),
    Rule(
        name="line-relay",
        group=GROUP,
        entity=ENTITY,
        # [smtp.host]:587 user:password
        pattern=r"(?:^|→)\[[A-Za-z0-9.-]{3,80}\]:\d{2,5}[ \t]{1,16}[^\s:]{1,100}:([^\s:]{4,128})$",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="line-digest",
        group="password-hash",
        entity=ENTITY,
        pattern=r"(?:^|→)[+-]?[A-Za-z0-9._-]{1,40}:[A-Za-z0-9 ._-]{1,60}:([0-9a-f]{32})[ \t\r]*$",
        capture=1,
    ),
    Rule(
        name="line-subversion",
        group=GROUP,
        entity=ENTITY,
        pattern=r"K 8\s{1,4}(?:[ ]{0,6}\d{1,6}→)?password\s{1,4}(?:[ ]{0,6}\d{1,6}→)?V \d{1,4}\s{1,4}(?:[ ]{0,6}\d{1,6}→)?([^\s\"\\]{3,256})",
        capture=1,
    ),
    Rule(
        name="line-tunnel",
        group=GROUP,
        entity=ENTITY,
        # chap-secrets, ipsec.secrets, <auth-user-pass>
        pattern=rf"(?:(?:^|→)[+-]?[\"']?[^\s\"'→]{{1,60}}[\"']?[ \t]{{1,20}}(?:\*|pptpd|l2tpd|ppp)[ \t]{{1,20}}{QUOTE}?([^\s\"'`\\*]{{4,128}}){QUOTE}?[ \t]{{1,20}}[\"']?(?:\*|\d{{1,3}}\.\d)"
        rf"|:[ \t]{{1,8}}(?:PSK|EAP|XAUTH|NTLM|PIN)[ \t]{{1,8}}{QUOTE}?([^\s\"'`\\]{{4,128}})|<auth-user-pass>(?:\s|\d{{1,6}}→){{1,16}}[^\s<>]{{1,80}}(?:\s|\d{{1,6}}→){{1,16}}([^\s<>]{{3,128}})(?:\s|\d{{1,6}}→){{1,16}}</auth-user-pass>)",
        accept=accept_secret.literal,
    ),
    Rule(
        name="line-router",
        group=GROUP,
        entity=ENTITY,
        pattern=r"(?i)(?:\b(?:password|secret|key|key-string|md5)[ \t](?:[05789])[ \t]([^\s\"']{4,128})|\bsnmp-server community ([^\s\"'<>]{4,64})"
        r"|\b(?:tacacs|radius)-server (?:host [^\s]{1,60} )?key (?:\d )?([^\s\"'<>]{4,64})|\bpre-shared-key (?:local |remote |address [^\s]{1,40} key )?(?:\d )?([^\s\"'<>]{4,64}))",
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="line-clear",
        group=GROUP,
        entity=ENTITY,
        pattern=r"\{(?:PLAIN|CLEAR|CLEARTEXT)\}([^\s:\"'\\]{4,128})",
        capture=1,
    ),
    Rule(
        name="line-term",
        group=GROUP,
        entity=ENTITY,
        # {default_pass, <<"X">>}, user ada on >X
        pattern=rf"(?i)(?:[{{,][ \t]{{0,4}}[a-z_]{{0,24}}{LOGIN}[ \t]{{0,4}},[ \t]{{0,4}}<<\\{{0,4}}\"([^\s\"\\]{{4,128}})|(?:^|→)user[ \t][^\s]{{1,40}}[ \t](?:[a-z]{{2,10}}[ \t]){{0,4}}>([^\s\"']{{4,128}}))",
        accept=accept_secret.literal,
    ),
    Rule(
        name="line-pair",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?:BUNDLE_[A-Z0-9_]{{3,80}}|npmAuthIdent){QUOTE}?:{SPACE}{QUOTE}?[^\s:\"'/]{{1,60}}:([^\s\"'`\\]{{4,200}})",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="line-host-token",
        group=GROUP,
        entity="SECRET",
        pattern=rf"{QUOTE}(?:github\.com|gitlab\.com|bitbucket\.org){QUOTE}{SPACE}:{SPACE}{QUOTE}([A-Za-z0-9_-]{{20,120}}){QUOTE}",
        capture=1,
        accept=accept_secret.mixed,
    ),
    Rule(
        name="line-data-source",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"\b[A-Za-z0-9_.-]{1,40}:([^\s:@/\"'`\\]{3,100})@(?:tcp|unix)\(",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="line-wrapped",
        group=GROUP,
        entity="SECRET",
        pattern=rf"(?i){NAME}(?:{QUOTE})?{SPACE}[:=]{SPACE}(?:{QUOTE})?([A-Za-z0-9+/_-]{{32,}}={{0,2}}(?:\n[ \t]{{1,40}}[A-Za-z0-9+/_-]{{16,}}={{0,2}}){{1,12}})",
        capture=1,
        accept=accept_secret.wrapped,
    ),
)

MARKUP = (
    Rule(
        name="markup-literal",
        group=GROUP,
        entity=ENTITY,
        # <password><![CDATA[X]]></password>
        pattern=rf"(?i)<[a-z0-9_.:-]{{0,30}}(?:{NAME}|key)(?:[ \t][^<>\n]{{0,80}})?>\s{{0,20}}<!\[CDATA\[([^\s\]<>\"'`]{{4,512}})\]\]>",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="markup-value",
        group=GROUP,
        entity=ENTITY,
        # <Password><Value>X</Value>
        pattern=rf"(?i)<[a-z0-9_.:-]{{0,30}}{LOGIN}[a-z]{{0,12}}>\s{{0,40}}<(?:value|string)>([^\s<>\"'`]{{4,512}})</",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="markup-word",
        group=GROUP,
        entity=ENTITY,
        # <passphrase>X</passphrase>, <key>password</key><string>X</string>
        pattern=rf"(?i)(?:<[a-z0-9_.:-]{{0,30}}{LOGIN}>|<key>[a-z0-9_.-]{{0,30}}{LOGIN}</key>(?:\s|\d{{1,6}}→){{0,40}}<string>)([a-z]{{6,64}})</",
        capture=1,
        accept=accept_secret.word_of_config,
    ),
    Rule(
        name="markup-keys",
        group=GROUP,
        entity="SECRET",
        pattern=r"(?i)<apikeys>\s{0,40}<add[ \t]key=[\"'\\]{1,3}[^\"'\\<>]{1,200}[\"'\\]{1,3}[ \t]value=[\"'\\]{1,3}([^\s\"'\\<>]{8,})",
        capture=1,
    ),
    Rule(
        name="markup-braced",
        group=GROUP,
        entity=ENTITY,
        # the encrypted passwords of a build server
        pattern=r"(?i)<[a-z0-9_.:-]{0,30}(?:password|passphrase|secret|token|privatekey)[a-z]{0,12}>\{?([A-Za-z0-9+/]{16,}={0,2})\}?</",
        capture=1,
        accept=accept_secret.literal,
    ),
)

NEAR = (
    Rule(
        name="near-aws-id",
        group="near",
        entity="SECRET",
        pattern=r"(?:^|[^A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        finder=near_keys.aws_secrets,
    ),
    Rule(
        name="near-alibaba-id",
        group="near",
        entity="SECRET",
        pattern=r"(?:^|[^A-Za-z0-9])LTAI[A-Za-z0-9]{12}",
        finder=near_keys.alibaba_secrets,
    ),
    Rule(
        name="aws-key-alone",
        group="near",
        entity="SECRET",
        pattern=r"(?:^|[^A-Za-z0-9+/=_.-])([A-Za-z0-9+/]{40})(?:[^A-Za-z0-9+/=_-]|$)",
        capture=1,
        accept=near_keys.aws_key_alone,
    ),
    Rule(
        name="vault-body",
        group="near",
        entity="SECRET",
        pattern=r"\$ANSIBLE_VAULT;",
        finder=near_keys.vault_bodies,
    ),
    Rule(
        name="table-insert",
        group="table",
        entity=ENTITY,
        pattern=r"(?i)insert\s{1,8}(?:ignore\s{1,8})?into\s{1,8}[^\n(]{0,140}(?:\([^()]*(?:pass|pwd|secret|salt|token|key)|user|account|member|admin|customer|login|credential|auth|staff)",
        finder=tables.sql_rows,
    ),
    Rule(
        name="table-copy",
        group="table",
        entity=ENTITY,
        pattern=r"COPY\s{1,8}[^\n(]{1,140}\([^()]*(?:pass|pwd|secret|salt|token|key)",
        finder=tables.copied_rows,
    ),
    Rule(
        name="table-separated",
        group="table",
        entity=ENTITY,
        pattern=r"(?i)(?:^|→|[,;\t])[\"']?[a-z0-9_ -]{0,24}(?:password|passwd|pwd|secret(?: access key)?|password[_ ]hash)[\"']?(?:[,;\t][^\n]{0,400})?\r?\n[^\n,;\t]{0,200}[,;\t]",
        finder=tables.separated_rows,
    ),
)
