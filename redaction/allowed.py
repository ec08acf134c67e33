"""What is never taken for a value: documentation names and addresses, robots, machine users, placeholders."""

from __future__ import annotations

DOCUMENTATION_DOMAINS = frozenset(
    "example.com example.org example.net example.edu example test.com domain.com email.com invalid test localhost "
    "local company.com foo.com bar.com acme.com".split()
)
"""RFC 2606 and RFC 6761 names, and other customary documentation names. A person's name before one is still replaced."""

GENERIC_LOCALS = frozenset(
    "user users username user1 user2 test tester test1 test2 testuser you your your.name yourname name email mail me foo "
    "bar baz a b c x y admin root info hello contact support help sales team security alice bob carol dave eve john jane "
    "john.doe jane.doe jdoe doe someone somebody example demo dev developer first.last firstname.lastname owner".split()
)
"""What stands before a documentation domain in examples and points to nobody."""

ALLOWED_EMAIL_LOCALS = frozenset("git noreply no-reply donotreply do-not-reply postmaster mailer-daemon".split())

FILE_ENDINGS = frozenset(
    "png jpg jpeg gif svg webp ico css scss js jsx ts tsx mjs cjs py go rs rb java kt c h cc cpp hpp cs php sh md txt "
    "json yaml yml toml xml html lock sum mod log sql proto tar gz zip whl map vue svelte swift local".split()
)

NOT_EMAIL_ENDINGS = FILE_ENDINGS - frozenset("md sh rs py cc zip".split())
"""File endings that are no top-level domain: `icon@2x.png` is a file, `kim@startup.sh` can be a person."""

ALLOWED_ADDRESSES = frozenset(
    "1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 208.67.222.222 208.67.220.220 2606:4700:4700::1111 2001:4860:4860::8888 "
    "::1 :: 255.255.255.255".split()
)
"""Public resolvers that stand in every example. RFC 5737, 3849 and private ranges are known to `ipaddress`."""

GENERIC_USERS = frozenset(
    "user username users you your-name yourname your_username yourusername me myuser name someone somebody runner root "
    "admin ubuntu debian ec2-user vscode node app circleci jenkins gitpod codespace vagrant docker deploy linuxbrew "
    "shared public default guest travis build builder home foo bar test testuser example user1 user2 xxx ... dev "
    "developer agent git www www-data nonroot nobody runneradmin vsts appuser coder sandbox workspace redacted".split()
)

AGENT_NAMES = (
    "claude", "github", "dependabot", "renovate", "copilot", "codex", "cursor", "gemini", "your name", "test", "author",
    "name", "user", "entire", "agent", "devin", "aider", "amp", "jules", "root", "bot",
)  # fmt: skip

PLACEHOLDERS = frozenset(
    "password passwd pass secret token apikey api_key api-key key changeme change_me change-me none null nil undefined "
    "true false string str int number bool boolean any object example test testing dummy placeholder default required "
    "optional empty unknown hidden masked redacted removed value username user admin root postgres mysql redis guest "
    "hunter foobar foo bar baz qux abc abcd abcde abcdef 123 1234 12345 pwd bearer basic enabled disabled auto "
    "yes no off on int32 int64 bytes text varchar".split()
)

PLACEHOLDER_PARTS = (
    "example", "placeholder", "changeme", "your_", "your-", "yourkey", "xxxx", "****", "....", "redacted", "dummy",
    "<", "${", "{{", "insert", "replace_", "replace-", "not-a-real", "fake", "sample", "mock",
)  # fmt: skip


def points_to_nobody(local: str, domain: str) -> bool:
    """Say whether an address (both halves in lower case) is a robot's, or stands in documentation for nobody.

    Without a letter or digit before the at sign it is none: `+@pytest.mark.slow` is a line of a diff.
    """
    if (
        not any(c.isalnum() for c in local)
        or local in ALLOWED_EMAIL_LOCALS
        or "noreply" in local
        or "no-reply" in local
        or domain.endswith("noreply.github.com")
    ):
        return True
    labels = domain.split(".")
    documentation = any(".".join(labels[n:]) in DOCUMENTATION_DOMAINS for n in range(len(labels)))
    return documentation and local.partition("+")[0] in GENERIC_LOCALS


_NO_DEVICES = frozenset("001122334455 aabbccddeeff 0123456789ab 112233445566 deadbeefcafe 123456789abc".split())


def stands_for_no_device(digits: str) -> bool:
    """Say whether twelve hexadecimal digits in lower case are the address of a group, of documentation, or customary."""
    return digits.startswith(("00005e0053", "01005e", "3333", "0242ac11", "ffffffff")) or digits in _NO_DEVICES
