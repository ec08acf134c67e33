"""Passwords on command lines."""

from __future__ import annotations

from redaction import accept, accept_secret
from redaction.own.words import ESCAPE, NAME, QUOTE, STRONG
from redaction.rules import Rule

GROUP = "command"
ENTITY = "PASSWORD"
_ARGUMENT = rf"(?:{QUOTE})?([^\s\"'`\\<>|;&]{{4,256}})"
_WORD = r"[\"'`]?([^\s\"'`\\;&|<>,}]{5,128})(?:[\"'`;&,}\s]|$)"
_MIDDLE = r"(?:[^\n|;&]{0,200}[ \t])?"

COMMANDS = (
    Rule(
        name="command-password",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)(?:\bpassword|--?(?:[a-z0-9]{{1,16}}[_-]){{0,3}}{NAME})[ =]{ESCAPE}[\"'`]?([^\s\"'`\\,;<>(){{}}\[\]]{{4,512}})",
        capture=1,
        accept=accept.assigned_secret,
    ),
    Rule(
        name="command-option",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)(?:^|[\s\"'`])--?(?:[a-z0-9]{{1,16}}[_-]?){{0,3}}(?:pass|pw|psw|pin|{STRONG})(?:in|out|word)?"
        rf"(?:[ \t]{{1,3}}|=)(?:pass:|str:)?{_ARGUMENT}",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-user-password",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)\b(?:curl|wget|http|https|xh|lftp|ab|siege|aria2c|svn|rclone|skopeo|oras|smbclient|mongosh?|ldap[a-z]{{3,8}})"
        rf"[ \t]{_MIDDLE}(?:-u|-U|--user|--auth|-a|--creds|--src-creds|--dest-creds|--basic)(?:[ \t]{{1,3}}|=|)(?:{QUOTE})?"
        r"[^\s:\"'`\\%]{1,80}[:%]([^\s\"'`\\]{4,200})",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-short-option",
        group=GROUP,
        entity=ENTITY,
        pattern=r"(?i)\b(?:mysql[a-z]{0,12}|mariadb[a-z-]{0,12}|sshpass|docker login|podman login|buildah login|helm registry login|az login"
        r"|mongo[a-z]{0,10}|psql|sqlcmd|bcp|impacket-[a-z]{2,20}|crackmapexec|nxc|netexec|evil-winrm|xfreerdp|rdesktop|smbmap|winexe"
        r"|7z[az]?|zip|unzip|rar|redis-cli|ldap[a-z]{3,8}|snmp[a-z]{3,8}|ipmitool|plink|pscp|putty|htpasswd|expect|keytool|mosquitto_(?:pub|sub)"
        rf"|cqlsh|clickhouse-client|influx|rabbitmqadmin|twine upload|oc login|cf login|vault login|net use)[ \t]{_MIDDLE}"
        rf"(?-i:-p|-P|-w|-a|-storepass|-keypass|-pw|-H|/p:)[ \t=]{{0,2}}{_ARGUMENT}",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-piped",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)\becho[ \t](?:-[ne]{{1,2}}[ \t])?(?:{QUOTE})?(?:[^\s\"'`\\|:]{{1,40}}:)?([^\s\"'`\\|]{{4,200}}){ESCAPE}[\"'`]?[ \t]{{0,3}}\|[ \t]{{0,3}}"
        r"(?:sudo[ \t](?:-S|--stdin|[a-z]{0,8}passwd)|passwd|chpasswd|[a-z]{2,12} login|cryptsetup|gpg[ \t])",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-secure-string",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)ConvertTo-SecureString[ \t](?:-String[ \t])?{_ARGUMENT}",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-net-user",
        group=GROUP,
        entity=ENTITY,
        pattern=r"(?i)\bnet1?(?:\.exe)?[ \t]{1,3}(?:user[ \t]{1,3}[A-Za-z0-9._-]{1,40}|use[ \t][^\n]{1,120}/user:[^\s]{1,60})[ \t]{1,3}([^\s/\"'`\\|]{4,128})",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-htpasswd",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)\bhtpasswd[ \t]{{1,3}}-[a-z]{{0,6}}b[a-z]{{0,6}}[ \t]{{1,3}}(?:-C[ \t]\d{{1,2}}[ \t])?[^\s]{{1,120}}[ \t]{{1,3}}(?:[^\s]{{1,60}}[ \t]{{1,3}})?{_ARGUMENT}",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="command-word",
        group=GROUP,
        entity=ENTITY,
        # where nothing but a password can stand, it may be an ordinary word
        pattern=rf"(?i)(?:(?:^|[\s\"'`;])(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH|SSHPASS|RESTIC_PASSWORD)=|--?[a-z-]{{0,24}}(?:password|passphrase|passwd|storepass|keypass)[= ]|-pass(?:in|out)[ ]pass:"
        rf"|[&?;][ ]?(?:password|passwd|pass|pwd)=|from-literal=[a-z0-9_.-]{{0,40}}passw[a-z]{{0,12}}=|ansible_[a-z]{{2,10}}_pass(?:word)?=|\{{[^{{}}\n]{{0,80}}[ ,]password:[ ]"
        rf"|sshpass[ ]-p[ ]?){_WORD}",
        capture=1,
        accept=accept_secret.word_of_config,
    ),
    Rule(
        name="command-word-option",
        group=GROUP,
        entity=ENTITY,
        pattern=rf"(?i)(?:\b(?:docker|podman|buildah|helm registry|az|oc|cf)[ ]login[ \t]{_MIDDLE}(?-i:-p)[ ]|\b(?:mysql|mariadb)[a-z]{{0,8}}[ \t]{_MIDDLE}(?-i:-p)|\bredis-cli[ \t]{_MIDDLE}-a[ ]"
        rf"|\bzip[ \t]{_MIDDLE}(?-i:-P)[ ]|\bmongo[a-z]{{0,8}}[ \t]{_MIDDLE}(?-i:-p)[ ]|\bhtpasswd[ ]-[a-z]{{0,6}}b[a-z]{{0,6}}[ ](?:[^\s]{{1,80}}[ ])?[^\s]{{1,60}}[ ]"
        rf"|\bsmbclient[ \t]{_MIDDLE}-U[ ]?[^\s%]{{1,40}}%|\bldap[a-z]{{3,8}}[ \t]{_MIDDLE}(?-i:-w)[ ]|\buseradd[ \t]{_MIDDLE}(?-i:-p)[ ]|\bvault login[ ](?:token=)?){_WORD}",
        capture=1,
        accept=accept_secret.word_of_config,
    ),
)
