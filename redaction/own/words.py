"""The words that say that a value beside them is secret, as pieces of RE2 patterns (case does not matter)."""

from __future__ import annotations

LOGIN = (
    r"(?:pa{1,2}ss?[a-z]?w[a-z]{0,4}d|pass(?:phrase|code|wort|w)?|pswr?d|psword|psswr?d|pssword|passwrd|pwd|pword|wachtwoord"
    r"|kennwort|contrase(?:n|ñ)a|mot[_-]?de[_-]?passe|senha|salasana|парол[ья]|密码|密碼|パスワード|비밀번호|비번|암호|패스워드)"
)
"""A password in the spellings people use, and in some other languages."""

LOGIN_SHORT = r"(?:pw|psw|psk|pin|mdp|pass)"
"""Short for password: only as a word of its own."""

OTHER = (
    r"(?:secret|token|credentials?|api[_. -]?key|access[_. -]?key|secret[_. -]?key|private[_. -]?key|priv[_-]?key|auth[_. -]?key"
    r"|authentication[_. -]?key|encryption[_. -]?key|enc[_-]?key|signing[_. -]?key|account[_. -]?key|master[_. -]?key|app[_. -]?key"
    r"|application[_. -]?key|consumer[_. -]?key|license[_. -]?key|deploy[_. -]?key|host[_. -]?key|crypto[_. -]?key"
    r"|aes[_. -]?key|hmac[_. -]?key|des[_. -]?key|preshared[_. -]?key|client[_. -]?secret|client[_. -]?key|service[_. -]?key"
    r"|storage[_. -]?key|shared[_. -]?key|ssh[_. -]?key|session[_. -]?key|tls[_. -]?key|cipher[_. -]?key|passkey|pkey|subscription[_. -]?key"
    r"|write[_. -]?key|read[_. -]?key|admin[_. -]?key|server[_. -]?key|root[_. -]?key|salt|nonce|jwt|bearer|cookie|webhook"
    r"|connection[_. -]?string|oauth[_. -]?signature|kerberos[_. -]?authentication|sessid|seed[_. -]?phrase|mnemonic"
    r"|recovery[_. -]?code|backup[_. -]?code|otp|totp|2fa)"
)
"""Other secrets by name."""

WEAK = r"(?:key|auth|cred|creds|sig|signature|sid|seed|code|cert|pat|session[_-]?id)"
"""Names that often stand before something harmless: only a long value that looks random counts."""

STRONG = rf"(?:{LOGIN}|{OTHER})"
TAIL = r"(?:[_.-][A-Za-z0-9_.-]{0,24}|(?-i:[0-9A-Z][A-Za-z0-9]{0,16})|s)?"
"""What may follow the word inside a name: `password_prod`, `tokenValue`, `secrets`."""
NAME = rf"{STRONG}{TAIL}"
SHORT_NAME = rf"(?:(?:^|[^A-Za-z]){LOGIN_SHORT}|(?-i:[a-z](?:Pw|Psw|Pass|Pin)))\d{{0,2}}"
WEAK_NAME = rf"(?:(?:^|[^A-Za-z]){WEAK}|(?-i:[a-z](?:Key|Auth|Cred|Creds|Sig|Sid|Seed|Code|Signature|Cert)))\d{{0,2}}"

ESCAPE = r"\\{0,4}"
QUOTE = rf"{ESCAPE}[\"'`]"
TYPE = r"(?:[ \t]{0,2}(?::[ \t]{0,2}|[ \t])[A-Za-z_&*][A-Za-z0-9_.<>\[\]|?*]{0,30}|\[\d{0,6}\])?"
"""The type between a name and its sign of assignment."""
SPACE = r"[ \t]{0,4}"
ANY = r"(?:passw[a-z]*|passphrase|passcode|p(?:ass?|s|ss)?w(?:or?|r)?d|pwd|secret|token|credentials?|(?:api|access|secret|private|auth)[_-]?key)[a-z0-9_]*"
"""The commonest words in a short form, for patterns that would grow too large with all of them."""
