"""Token shapes that vendors document and the rule package does not hold, or holds more narrowly."""

from __future__ import annotations

from redaction import accept_secret, checksums
from redaction.rules import Accept, Rule

GROUP = "vendor"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_START = r"(?:^|[^A-Za-z0-9])"
"""Before a token stands no letter or digit."""

_SHAPES: tuple[tuple[str, str, Accept | None], ...] = (
    ("akamai", r"(akab-[a-z0-9]{16}-[a-z0-9]{16})", None),
    ("aws-id", r"((?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA|AGPA|ANPA|ANVA|APKA|ASCA|A3T[A-Z0-9])[A-Z0-9]{16})\b", accept_secret.mixed),
    ("aws-bedrock", r"((?:bedrock-api-key-|ABSK)[A-Za-z0-9+/=]{24,400})", accept_secret.mixed),
    ("aws-mws", r"(amzn\.mws\.[0-9a-z]{8}-(?:[0-9a-z]{4}-){3}[0-9a-z]{12})", None),
    ("alibaba", r"(LTAI[A-Za-z0-9]{12,24})\b", accept_secret.mixed),
    ("atlassian", r"(AT(?:ATT|CTT)3xFfG[A-Za-z0-9_=+/-]{60,260}|ATBB[A-Za-z0-9]{28,40})", None),
    ("bitbucket", r"(BBDC-[A-Za-z0-9+/=]{40,60})", None),
    ("atlassian-pat", r"([MNO][A-Za-z][A-Za-z0-9+/]{42}={0,2})(?:[^A-Za-z0-9+]|$)", checksums.atlassian_pat),
    ("cloudflare", r"(cf(?:at|ut|k|oat|mt)_[A-Za-z0-9_-]{36,64}|v1\.0-[0-9a-f]{24}-[0-9a-f]{120,160})", None),
    ("databricks", r"(dapi[0-9a-f]{32}(?:-\d)?|dose[0-9a-f]{32})", None),
    ("docker", r"(dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60})", None),
    ("dropbox-long", r"([A-Za-z0-9]{11}AAAAAAAAAA[A-Za-z0-9_-]{43})", None),
    ("dynatrace", r"(dt0[a-z]\d{2}\.[A-Z0-9]{20,30}\.[A-Z0-9]{60,70})", None),
    ("facebook", r"(EAA[A-Z][A-Za-z0-9]{60,300})", accept_secret.mixed),
    ("github", r"(gh[opsur]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255})", accept_secret.mixed),
    ("gitlab", r"(gl(?:pat|rtr|rt|ptt|dt|cbt|ffct|ft|imt|agent|oas|soat|wt|sat)-[A-Za-z0-9_.=-]{18,320}|GR1348941[A-Za-z0-9_-]{20,50})", accept_secret.mixed),
    ("google", r"(AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,40}|ya29\.[A-Za-z0-9_-]{20,400}|1//0[A-Za-z0-9_-]{30,120})", accept_secret.mixed),
    ("huggingface", r"((?:hf|api_org)_[A-Za-z0-9]{30,40})\b", accept_secret.mixed),
    ("heroku", rf"(HRKU-(?:{_UUID}|[A-Za-z0-9_-]{{40,80}}))", None),
    ("jfrog", r"(AKC[pP][A-Za-z0-9]{40,100}|cmVmdGtu[A-Za-z0-9+/=]{40,120})", None),
    ("launchdarkly", rf"((?:sdk|api|mob)-{_UUID})", None),
    ("mailchimp", r"([0-9a-f]{32}-us\d{1,2})\b", None),
    ("mailgun", r"(key-[0-9a-f]{32})\b", None),
    ("new-relic", r"(NR(?:AK|JS|BR|II|IQ|RA|SP|AA|AL|MA)-[A-Za-z0-9_-]{18,64}|[0-9a-z]{2,6}x?[0-9a-f]{28,40}(?:NRAL|FFFFNRAL))\b", None),
    ("nkey", r"(S[ANCOUX][A-Z2-7]{56})\b", accept_secret.mixed),
    ("ntlm", r"(TlRMTV[A-Za-z0-9+/]{16,}={0,2})", None),
    ("nuget", r"(oy2[a-z0-9]{43})\b", accept_secret.mixed),
    ("onepassword", r"(ops_eyJ[A-Za-z0-9_=-]{60,}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,4}[A-Z0-9]{5})", None),
    ("openai", r"(sk-(?:(?:proj|svcacct|admin|None|or-v1|ant-[a-z0-9]{2,8}|lf|litellm)-)?[A-Za-z0-9_-]{20,240})", accept_secret.mixed_strict),
    ("paseto", r"(v[1-4]\.(?:local|public)\.[A-Za-z0-9_-]{40,})", None),
    ("plaid", rf"((?:access|public|link)-(?:sandbox|development|production)-{_UUID})", None),
    ("salesforce", r"(3MVG[A-Za-z0-9._]{60,120}|00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{40,200})", None),
    ("salesforce-org", r"(00D[A-Za-z0-9]{12,15})\b", accept_secret.mixed_case_id),
    ("sendgrid", r"(SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64})", None),
    ("sendinblue", r"(xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}|xsmtpsib-[0-9a-f]{64}-[A-Za-z0-9]{16})", None),
    ("slack", r"(xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{16,400}|xapp-\d-[A-Za-z0-9-]{20,300})", accept_secret.mixed),
    ("square", r"(sq0[a-z]{3}-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})", None),
    ("stripe", r"((?:sk|rk|pk|ak|whsec|mk)_(?:(?:test|live|prod)_)?[A-Za-z0-9]{20,252})\b", accept_secret.mixed_strict_body),
    ("tailscale", r"(tskey-[a-z]{2,12}-[A-Za-z0-9-]{16,100})", None),
    ("telegram", r"(\d{8,10}:AA[A-Za-z0-9_-]{32,34})\b", None),
    ("twilio", r"((?:AC|SK)[0-9a-f]{32})\b", accept_secret.mixed),
    ("twitter", r"(A{18,24}[A-Za-z0-9%+/=_-]{40,160})", accept_secret.mixed),
    ("vault", r"(hv[sbr]\.[A-Za-z0-9_-]{20,400})", accept_secret.mixed),
    ("wireguard", r"(?:PrivateKey|PresharedKey|Private[ _-]key)[ \t]{0,4}[:=][ \t]{0,4}([A-Za-z0-9+/]{42,43}=)", None),
    ("age", r"(AGE-SECRET-KEY-1[0-9A-Z]{50,60}|AGE-PLUGIN-[A-Z0-9-]{4,30}-1[0-9A-Z]{20,200})", None),
    ("fernet", r"(gAAAAA[A-Za-z0-9_-]{60,}={0,2})", None),
    ("ssh-seed", r"(b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/]{20,}={0,2})", None),
    ("prefixed-token", r"((?:[a-z][a-z0-9]{1,14}[_-]){1,3}[A-Za-z0-9]{28,255})\b", accept_secret.prefixed),
)  # fmt: skip

_SHAPED = tuple(
    Rule(name=f"vendor-{name}", group=GROUP, entity="SECRET", pattern=_START + shape, capture=1, accept=accept)
    for name, shape, accept in _SHAPES
)
VENDORS = (
    *_SHAPED,
    Rule(
        name="jwt",
        group="jwt",
        entity="SECRET",
        pattern=r"(?:^|[^A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3})",
        capture=1,
        accept=checksums.jwt,
    ),
    Rule(
        name="base32-seed",
        group="otp",
        entity="SECRET",
        pattern=r"(?:^|[^A-Za-z0-9+/=_-])([A-Z2-7]{16}|[A-Z2-7]{26}|[A-Z2-7]{32}|[A-Z2-7]{52})(?:[^A-Za-z0-9+/=_-]|$)",
        capture=1,
        accept=accept_secret.base32_seed,
    ),
    Rule(
        name="encoded-key",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=r"(LS0tLS1CRUdJTi[A-Za-z0-9+/_-]{24,}={0,2})",
        capture=1,
        accept=checksums.encoded_private_key,
    ),
)
