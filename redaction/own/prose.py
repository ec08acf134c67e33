"""Passwords that people tell one another in sentences, notes and tickets."""

from __future__ import annotations

from redaction import accept_secret
from redaction.own.words import ESCAPE, LOGIN, OTHER
from redaction.rules import Rule

GROUP = "prose"
_WORD = rf"(?:{LOGIN}|pw|psw|pin|{OTHER}|creds?|credentials?|login|logon|passcode)"
_MARK = rf"(?:{ESCAPE}[\"'`*_]{{1,3}}|[“‘«(<\[])?"
_VALUE = r"([^\s\"'`“”‘’«»\\<>(){}\[\]|]{5,128})"

PROSE = (
    Rule(
        name="prose-is",
        group=GROUP,
        entity="PASSWORD",
        # the password for staging is now X; token (temporary) was X; pw = X
        pattern=rf"(?i)(?:^|[^A-Za-z]){_WORD}s?(?:[ \t]+(?:for|of|to|on|in|at|de|du|für|per)[ \t][^\n:=.]*)?(?:[ \t]?\([^)\n]*\))?[*_`\"']{{0,3}}"
        r"(?:[ \t]{1,3}(?:is|was|are|be|ist|lautet|est|es|será|is now|now is|will be|should be|has been|set to|reset to|changed to|updated to|to|as|equals|like|use|used)){1,2}"
        rf"(?:[ \t]{{0,3}}(?:now|still|just|simply|also|always|set to|reset to|changed to|called|this))?[ \t]{{0,3}}[:=-]?[ \t]{{0,3}}{_MARK}{_VALUE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="prose-colon",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i)(?:^|[^A-Za-z]){_WORD}s?(?:[ \t](?:for|of|to|on)[ \t][^\n:=]*)?(?:[ \t]?\([^)\n]*\))?[*_`\"']{{0,3}}[ \t]{{0,4}}(?:[:=]|->|=>|-|–|—|\|)"
        rf"[ \t*_]{{0,6}}\s{{0,2}}{_MARK}{_VALUE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="prose-space",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i)(?:^|[^A-Za-z-])(?:{LOGIN}|pw|psw)[ \t]{{1,3}}{_MARK}{_VALUE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="prose-pair",
        group=GROUP,
        entity="PASSWORD",
        # login/password: ada / X, user ada password X, admin:X
        pattern=rf"(?i)(?:login|user(?:name)?|account|id|credentials?|creds|admin|root)[ \t]?(?:[/|&+,]|and|und|et|y)[ \t]?(?:{LOGIN}|pw)[ \t]{{0,3}}(?:[:=-]|is|are)?"
        rf"\s{{0,4}}{_MARK}[^\s:/|,\"'`]{{2,60}}{_MARK}[ \t]?(?:[/:|,]|and|-)[ \t]?{_MARK}{_VALUE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="prose-credentials",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i)(?:creds?|credentials?|log[ -]?in|sign[ -]?in|account)(?:[ \t](?:with|as|using|are|is|for[ \t][^\n:]*))?[ \t]{{0,2}}[:=]?[ \t]{{1,3}}{_MARK}"
        rf"[A-Za-z0-9_.@+-]{{2,60}}{_MARK}[ \t]?[/:][ \t]?{_MARK}{_VALUE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="prose-reversed",
        group=GROUP,
        entity="PASSWORD",
        # use X as the password; X is the password
        pattern=rf"(?i)(?:^|\s){_MARK}{_VALUE}[\"'`*]{{0,3}}[ \t](?:as|is|for|was)[ \t](?:the|your|my|our|its|a)?[ \t]?(?:new |admin |root |default |temporary |current )?{LOGIN}\b",
        capture=1,
        accept=accept_secret.in_prose,
    ),
)
