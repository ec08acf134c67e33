"""Words of programs, forms and sentences that stand behind the name of a password and are none."""

from __future__ import annotations

WORDS = frozenset(
    "password passwords passphrase string number boolean object text hidden input label email field required optional missing "
    "invalid incorrect wrong changed change reset update delete create submit login logout signin signup confirm current "
    "newpassword oldpassword confirmpassword userpassword bytes buffer bearer basic digest plain plaintext secret token "
    "username credential credentials prompt never always unset empty null undefined default disabled enabled encrypted "
    "visible masked hashed stored generated custom value values param params config env environment header query cookie "
    "session request response error failed success warning info debug trace please enter must should cannot admin administrator "
    "invalidate authenticate authentication authorization client server system local remote auth oauth sso saml ldap kerberos "
    "file stdin stdout stderr false true here none this that with from your their test tests testing".split()
)
"""Words that stand after the name of a password in programs and forms and are none."""
PROGRAM_WORDS = frozenset(
    "getpass length minlength maxlength result results output stdout buffer content contents payload message messages parts "
    "argument arguments option options setting settings property properties global static public private protected readonly "
    "return returns import export default lambda yield await class struct interface object objects array lists string strings "
    "integer number double varchar nvarchar character unsigned nullable primary foreign unique index column columns table "
    "optional required mandatory present absent whether should cannot because before after around within without using "
    "between during against through across inside outside another anything something nothing everything instead again already "
    "generate generator generated random randomly encode encoded decode decoded encrypt decrypt escape unescape quoted unquoted "
    "verify verified validate validation validator manager managers policy policies prompt prompted service services provider "
    "providers handler handlers helper helpers module modules package packages plugin plugins library method methods function "
    "functions callback element elements button submit textbox toggle visibility strength expired expires expiry expiration "
    "rotation rotate recover recovery forgot forgotten resets protection protected storage storing stored lookup reader "
    "writer parser builder factory context current previous original existing matches match mismatch changed unchanged "
    "correct incorrectly invalid failure succeeded success rejected accepted granted denied locked unlocked enabled "
    "attempt attempts request requests response header headers footer section sections document documents example "
    "examples sample samples simple strong stronger secure insecure safely unsafe unknown missing leaked leaking exposed hardcoded "
    "expected actual anonymous nobody everyone someone anyone account accounts hashing hasher digest bcrypt scrypt argon argonid pbkdf "
    "keyring keychain keystore vaults environ process source target remote locally server client parent children "
    "single double multiple second minute minutes seconds hours cached caching loaded loading saved saving sending sent "
    "received receive fields widget dialog screen window layout format formats schema models model record records entity entities "
    "string boolean integer float bytes bytearray charfield textfield textinput passwordinput stringvar strict weakly "
    "postgres postgresql mysqld mariadb mongodb redisearch rabbitmq keycloak grafana jenkins sonarqube elastic kibana minioadmin "
    "wordpress vagrant raspberry ubuntu debian centos docker kubernetes database username".split()
)
"""Other words of programs and sentences that follow a password's name, and vendors' names, which are known defaults."""
PROGRAM_PARTS = (
    "pass",
    "passwd",
    "pwd",
    "secret",
    "token",
    "string",
    "input",
    "hash",
    "valid",
    "crypt",
    "auth",
    "cred",
    "field",
    "param",
)
"""No password of a configuration is taken for one when such a piece is in it: it names another value."""
