"""What is never taken for a value: documentation names and addresses, robots, machine users, placeholders."""

from __future__ import annotations

ALLOWED_EMAIL_DOMAINS = frozenset(
    "example.com example.org example.net example.edu example test.com domain.com email.com invalid test localhost "
    "local company.com foo.com bar.com acme.com users.noreply.github.com noreply.github.com anthropic.com".split()
)
"""RFC 2606 and RFC 6761 names, other customary documentation names, and addresses of services, not people."""

ALLOWED_EMAIL_LOCALS = frozenset("git noreply no-reply donotreply do-not-reply postmaster mailer-daemon".split())

FILE_ENDINGS = frozenset(
    "png jpg jpeg gif svg webp ico css scss js jsx ts tsx mjs cjs py go rs rb java kt c h cc cpp hpp cs php sh md txt "
    "json yaml yml toml xml html lock sum mod log sql proto tar gz zip whl map vue svelte swift local".split()
)

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
