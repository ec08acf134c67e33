"""Credentials in URLs, headers, webhooks and connection strings."""

from __future__ import annotations

from redaction import accept, accept_secret
from redaction.own.words import ESCAPE, QUOTE
from redaction.rules import Rule

TRANSPORT = (
    Rule(
        name="url-credential",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"[A-Za-z][A-Za-z0-9+.-]{1,20}:(?:\\?/){2}[^\s/:@\"'<>\\`]{0,100}(?:@[A-Za-z0-9.-]{1,80})?:([^\s/@\"'<>\\`]{1,200})@",
        capture=1,
        accept=accept.url_password,
    ),
    Rule(
        name="url-credential-slash",
        group="url-credential",
        entity="URL_CREDENTIAL",
        # A password that was not percent-encoded and holds a slash or an at sign itself.
        pattern=r"[A-Za-z][A-Za-z0-9+.-]{1,20}:(?:\\?/){2}[A-Za-z0-9._%+-]{1,60}:([^\s\"'<>\\`:]{1,100}[/@#?][^\s\"'<>\\`:/]{0,60})@[A-Za-z0-9-]{1,60}[.:][A-Za-z0-9.-]{1,60}",
        capture=1,
        accept=accept_secret.argument,
    ),
    Rule(
        name="url-oracle",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"(?i)(?:jdbc:oracle:[a-z0-9]{2,6}:|sqlplus[ \t](?:-[sl][ \t])?)[A-Za-z0-9_$#.]{1,40}/([^\s/@\"'<>\\`]{3,100})@",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="url-query-secret",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"(?i)[?&;](?:amp;)?(?:key|sig|signature|auth|code|sv|token|access|pass|pw|sid|k|apikey|x-amz-signature|x-goog-signature|hash|hmac)"
        r"=([A-Za-z0-9%+/=_.~-]{16,512})",
        capture=1,
        accept=accept_secret.random_looking,
    ),
    Rule(
        name="auth-header",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=rf"(?i)\b(?:bearer|basic|digest|token|ntlm|negotiate|apikey)[ \t]{{1,4}}{ESCAPE}[\"'`]?([A-Za-z0-9._~+/=-]{{12,}})",
        capture=1,
        accept=accept.header_value,
    ),
    Rule(
        name="auth-header-key",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=rf"(?i)\b(?:x-[a-z-]{{0,24}}(?:key|token|auth|secret)|authorization|api-key|set-cookie|cookie)(?:{QUOTE})?"
        rf"[ \t]{{0,4}}[:=][ \t]{{0,4}}(?:{QUOTE})?([^\s\"'`\\,;<>]{{8,}})",
        capture=1,
        accept=accept.header_value,
    ),
    Rule(
        name="auth-parameter",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=rf"(?i)(?:\bauthorization\b[^\n]{{0,200}}|\b(?:digest|oauth)[ \t][^\n]{{0,200}})(?:response|signature|oauth_[a-z_]+|key|token|secret|credential|cnonce|nonce)"
        rf"=(?:{QUOTE})?([A-Za-z0-9%+/=_.~-]{{8,}})",
        capture=1,
        accept=accept.header_value,
    ),
    Rule(
        name="cookie-value",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=r"(?i)\b(?:set-)?cookie[\"']?:[^\n]{0,300}?(?:sess|sid|auth|token|jwt|csrf|xsrf|remember|login|id)[A-Za-z0-9_.-]{0,24}=([^\s;,\"'\\]{12,})",
        capture=1,
        accept=accept.header_value,
    ),
    Rule(
        name="webhook",
        group="webhook",
        entity="SECRET",
        pattern=r"(?i)https?://(?:(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks(/\d{8,22}/[\w-]{20,100})"
        r"|hooks\.slack\.com/(?:services|workflows|triggers)(/[A-Za-z0-9_/-]{20,120})"
        r"|[a-z0-9-]{1,60}\.webhook\.office\.com(/webhookb2/[A-Za-z0-9@/-]{40,260})"
        r"|hooks\.zapier\.com/hooks/catch(/\d{4,12}/[A-Za-z0-9]{5,12})"
        r"|(?:api\.telegram\.org/(?:file/)?bot)(\d{6,12}:[\w-]{30,40})"
        r"|(?:outlook\.office\.com/webhook)(/[A-Za-z0-9@/-]{40,260})"
        r"|(?:chat\.googleapis\.com/v1/spaces/[\w-]{4,40}/messages\?)(key=[\w-]{20,60}&token=[\w%-]{20,80})"
        r"|maker\.ifttt\.com/trigger/[\w-]{1,60}/with/key/([\w-]{15,60})"
        r"|[a-z0-9.-]{1,60}\.logic\.azure\.com[^\s\"']{1,200}[?&]sig=([\w%-]{20,80}))",
    ),
    Rule(
        name="sentry-dsn",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"https?://([0-9a-f]{32}(?::[0-9a-f]{32})?)@[a-z0-9.-]{3,80}/\d{1,20}",
        capture=1,
    ),
    Rule(
        name="path-token",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"(?i)/(?:token|apikey|api_key|secret|key|auth|bot|reset|invite|magic|verify)/([A-Za-z0-9+=_-]{24,200})",
        capture=1,
        accept=accept_secret.random_looking,
    ),
)
