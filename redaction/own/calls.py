"""Passwords as arguments of functions that are known to take one."""

from __future__ import annotations

from redaction import accept_secret
from redaction.own.words import ANY, NAME, QUOTE, SPACE
from redaction.rules import Rule

GROUP = "call"
ENTITY = "PASSWORD"
_GAP = r"\s{0,20}"
_VALUE = rf"{QUOTE}([^\s\"'`\\]{{4,200}}){QUOTE}"
_LOOSE = r"(?:'([^'\\\n]{4,256})'|\\{0,4}\"([^\"\\\n]{4,256})\\{0,4}\")"
_ARGUMENT = rf"(?:{QUOTE}[^\"'`\\\n]{{0,120}}{QUOTE}|[A-Za-z_$&][\w$.:>\[\]'()-]{{0,60}}),{_GAP}"

CALLS = (
    Rule(
        name="call-connect",
        group=GROUP,
        entity=ENTITY,
        # a host or URL, a user, a password
        pattern=r"(?i)(?:mysqli?_(?:p?connect|real_connect)|new mysqli|new pdo|drivermanager\.getconnection|dbi->connect|pymysql\.connect|mysqldb\.connect"
        r"|ftp_login|net::ftp\.(?:open|new)|ftp(?:_tls)?|pg8000\.connect|cx_oracle\.connect|oracledb\.connect|oci_connect|ssh2_auth_password|imap_open|ldap_bind"
        rf"|cassandra_connect|mssql_connect|sqlsrv_connect|plainauth|real_connect|jt400){_GAP}\({_GAP}{_ARGUMENT}{_ARGUMENT}{_VALUE}",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-login",
        group=GROUP,
        entity=ENTITY,
        # a user, then a password
        pattern=r"(?i)(?:[>.:]log_?(?:in|on)|authenticate|basic_?auth|with_?credentials|passwordauthentication|usernamepassword[a-z]{0,16}|networkcredential|http_?basic_?auth"
        rf"|(?-i:Credentials?)|auth{SPACE}=|oci_connect|login_with_password|password_credentials|basiccredentials){SPACE}[(=\s]{_GAP}\(?{_GAP}{_ARGUMENT}(?:Some\()?{_VALUE}",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-token",
        group=GROUP,
        entity="SECRET",
        # new Client("..."), jwt.sign(payload, "..."), 'password' + 'token'
        pattern=rf"(?:(?:Client|Api|API|SDK|Session|Auth|Token|Service|Bot)\({_GAP}|(?i:jwt|jsonwebtoken|jwt_?token)[.:>-]{{1,2}}(?:sign|verify|encode|decode)\({_GAP}[^,\n]{{1,120}},{_GAP}"
        rf"|\.log_?[io]n\([^\n()]{{1,160}}{QUOTE}{SPACE}\+{SPACE}){QUOTE}([A-Za-z0-9_+/=.-]{{12,256}}){QUOTE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="call-define",
        group=GROUP,
        entity=ENTITY,
        # a constant of PHP, which may hold any sign
        pattern=rf"(?i)\bdefine{SPACE}\({SPACE}{QUOTE}[A-Z0-9_]{{0,40}}(?:key|salt|passw?o?r?d?|pwd|secret|token){QUOTE}{SPACE},[ \t]{{0,32}}{_LOOSE}",
        accept=accept_secret.constant,
    ),
    Rule(
        name="call-property",
        group=GROUP,
        entity=ENTITY,
        # a property and its value
        pattern=rf"(?i)(?:put|set(?:property|default|attribute|item|header)?|add|resvalue|buildconfigfield|option|config|append){SPACE}\({SPACE}(?:{QUOTE}String{QUOTE},{SPACE})?"
        rf"{QUOTE}[A-Za-z0-9_.-]{{0,40}}{ANY}{QUOTE}{SPACE},{SPACE}{QUOTE}{{1,2}}([^\s\"'`\\]{{4,200}})\\{{0,4}}[\"'`]",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-default",
        group=GROUP,
        entity=ENTITY,
        # what stands in for an absent variable or option
        pattern=rf"(?i)(?:getenv|environ\.get|env|fetch|setdefault|add_argument|getOrDefault|option|flag\.String)[(\[]{QUOTE}[A-Za-z0-9_.-]{{0,40}}{ANY}{QUOTE}"
        rf"(?:,|\)?{SPACE}(?:or|\|\||\?\?)){SPACE}(?:default{SPACE}={SPACE})?{_VALUE}",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-hash",
        group=GROUP,
        entity=ENTITY,
        # a password given to a function of SQL
        pattern=rf"(?i)(?:password|passwd|pwd)[^\n()]{{0,80}}=[ \t]{{0,4}}(?:md5|sha1|sha2|sha256|password|encrypt|crypt|hash)\([ne]?{_VALUE}",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-spaced",
        group=GROUP,
        entity=ENTITY,
        # storePassword "X"
        pattern=rf"(?i)[a-z_](?-i:Pass(?:word|wd|phrase)|_pass(?:word|wd|phrase)|PASSWORD|Passwd)[ \t]{{1,8}}{_VALUE}",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-chars",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"{QUOTE}([^\s\"'`\\]{{4,100}}){QUOTE}\.toCharArray\(\)",
        capture=1,
        accept=accept_secret.argument_word,
    ),
    Rule(
        name="call-map",
        group=GROUP,
        entity="SECRET",
        pattern=rf"(?i)(?:^|[^A-Za-z0-9]){NAME}(?:{QUOTE})?{SPACE}(?:=>|:|=){SPACE}\{{\s{{0,20}}{QUOTE}?[a-z0-9_.-]{{1,40}}{QUOTE}?{SPACE}(?:=>|:|=){SPACE}{QUOTE}([^\s\"'`\\]{{8,512}}){QUOTE}",
        capture=1,
        accept=accept_secret.random_looking,
    ),
)
