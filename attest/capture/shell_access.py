"""What a simple command reaches, read off its words: files, hosts, secrets, variables. Always inferred."""

from __future__ import annotations

import re

from attest.capture.check_table import unwrapped
from attest.capture.shell import SimpleCommand
from attest.model.access import AccessKind

Reach = tuple[AccessKind, str]

_READERS = frozenset(
    {
        "cat",
        "head",
        "tail",
        "less",
        "more",
        "bat",
        "nl",
        "wc",
        "sort",
        "uniq",
        "diff",
        "cmp",
        "file",
        "stat",
        "md5sum",
        "sha256sum",
        "xxd",
        "od",
        "strings",
        "jq",
        "yq",
        "source",
        ".",
    }
)
_PATTERN_FIRST = frozenset({"grep", "egrep", "fgrep", "rg", "ag", "sed", "awk", "gawk"})
_URL = re.compile(r"\b(?:https?|ssh|git|ftp|wss?)://[^\s'\"<>)\\]+")
_HOST = re.compile(
    r"\A(?:[a-z+]+://)?(?:[^@/\s]*@)?([A-Za-z0-9.-]+\.[A-Za-z]{2,63}|localhost|\d+\.\d+\.\d+\.\d+)(?::\d+)?(?:[/:]|\Z)"
)
_SECRET_PATH = re.compile(
    r"(?:\A|/)(?:\.env(?:\.(?!example|sample|template|dist)[\w-]+)?|\.netrc|\.npmrc|\.pypirc|\.pgpass|id_(?:rsa|ed25519|ecdsa|dsa)|credentials(?:\.json)?|"
    r"\.git-credentials|[^/]+\.(?:pem|key|p12|pfx|keystore|jks)|secrets?\.(?:ya?ml|json|toml|env))\Z|(?:\A|/)\.(?:ssh|aws|gnupg|kube)/"
)
_SECRET_NAME = re.compile(
    r"\$\{?([A-Z][A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)[A-Z0-9_]*)\b"
)
_SECRET_COMMANDS = (
    ("gh", "auth", "token"),
    ("op", "read"),
    ("op", "item"),
    ("pass", "show"),
    ("vault", "read"),
    ("vault", "kv"),
    ("security", "find-generic-password"),
    ("security", "find-internet-password"),
    ("aws", "secretsmanager"),
    ("gcloud", "secrets"),
    ("gcloud", "auth", "print-access-token"),
    ("kubectl", "get", "secret"),
    ("kubectl", "get", "secrets"),
    ("doppler", "secrets"),
    ("az", "keyvault"),
    ("sops", "-d"),
    ("bw", "get"),
)
_NETWORK = {
    "git": ("push", "pull", "fetch", "clone", "ls-remote"),
    "npm": ("install", "i", "ci", "add", "publish", "update", "view", "audit"),
    "pnpm": ("install", "i", "add", "publish", "update"),
    "yarn": ("install", "add", "publish"),
    "bun": ("install", "add"),
    "pip": ("install", "download"),
    "pip3": ("install", "download"),
    "uv": ("add", "sync", "lock", "publish"),
    "poetry": ("add", "install", "update", "publish"),
    "cargo": ("install", "add", "update", "publish", "fetch"),
    "go": ("get", "install"),
    "docker": ("pull", "push", "login"),
    "brew": ("install", "upgrade", "update"),
    "apt-get": ("install", "update", "upgrade"),
    "apt": ("install", "update", "upgrade"),
}
_ALWAYS_NETWORK = frozenset(
    {
        "curl",
        "wget",
        "gh",
        "glab",
        "ssh",
        "scp",
        "rsync",
        "sftp",
        "nc",
        "telnet",
        "ping",
        "dig",
        "nslookup",
        "aws",
        "gcloud",
        "az",
        "kubectl",
        "http",
        "https",
        "terraform",
        "heroku",
        "flyctl",
        "vercel",
    }
)
_DEFAULT_HOST = {"gh": "github.com", "glab": "gitlab.com"}


def reaches(command: SimpleCommand) -> list[Reach]:
    """Give what a command reaches. Misses what happens inside the programs it starts."""
    words = unwrapped(command.argv)
    found: list[Reach] = [(AccessKind.FILE_WRITTEN, name) for name in command.redirects if _is_path(name)]
    found += [(AccessKind.FILE_READ, name) for name in command.inputs if _is_path(name)]
    if not words:
        return found
    found += _files(words) + _network(words) + _secrets(words)
    for word in command.argv:
        found += [(AccessKind.SECRET, "$" + name) for name in _SECRET_NAME.findall(word)]
    found += [
        (AccessKind.SECRET, path) for kind, path in found if kind is AccessKind.FILE_READ and is_secret_path(path)
    ]
    return found


def is_secret_path(path: str) -> bool:
    """Tell whether a file's name is one that commonly holds secrets."""
    return _SECRET_PATH.search(path) is not None


def host_of(address: str) -> str | None:
    """Give the host of a URL or `user@host:path`, lower case, without user or port."""
    found = _HOST.match(address)
    return found[1].lower() if found else None


def _files(words: tuple[str, ...]) -> list[Reach]:
    name, paths = words[0], [word for word in words[1:] if not word.startswith("-") and _is_path(word)]
    read, written, deleted = AccessKind.FILE_READ, AccessKind.FILE_WRITTEN, AccessKind.FILE_DELETED
    if name in _READERS:
        return [(read, path) for path in paths if not path.isdigit()]
    if name in _PATTERN_FIRST:
        return _pattern_first(name, words)
    if name == "rm" or words[:2] == ("git", "rm"):
        return [(deleted, path) for path in paths if path != "rm"]
    if name == "cp" and len(paths) >= 2:
        return [*((read, path) for path in paths[:-1]), (written, paths[-1])]
    if (name == "mv" or words[:2] == ("git", "mv")) and len(paths) >= 2:
        return [(AccessKind.FILE_RENAMED, path) for path in paths if path != "mv"]
    if name in ("tee", "touch", "truncate"):
        return [(written, path) for path in paths]
    if words[:2] == ("go", "get"):
        return [(written, "go.mod")]
    return []


def _pattern_first(name: str, words: tuple[str, ...]) -> list[Reach]:
    """The first plain word is a pattern or script; what follows and looks like a file is read."""
    options = [word for word in words[1:] if word.startswith("-")]
    plain = [word for word in words[1:] if not word.startswith("-")]
    given = any(word in ("-e", "-f", "--regexp", "--file") for word in options)
    recursive = name in ("rg", "ag") or any(re.match(r"-[a-zA-Z]*[rR]|--recursive", word) for word in options)
    paths = [path for path in (plain if given else plain[1:]) if _is_path(path)]
    files = [path for path in paths if re.search(r"[^/]\.\w{1,12}\Z|(?:\A|/)(?:Makefile|Dockerfile)\Z", path)]
    in_place = name == "sed" and any(word.startswith(("-i", "--in-place")) for word in options)
    kind = AccessKind.FILE_WRITTEN if in_place else AccessKind.FILE_READ
    searched = [(AccessKind.SEARCH, path) for path in paths if path not in files] if recursive else []
    return [(kind, path) for path in files if not path.isdigit()] + searched


def _network(words: tuple[str, ...]) -> list[Reach]:
    name = words[0]
    plain = [word for word in words[1:] if not word.startswith("-")]
    addresses = [address for word in words[1:] for address in _URL.findall(word)]
    found: list[Reach] = []
    listing = name == "go" and plain[:1] == ["list"] and "-u" in words
    if name in _ALWAYS_NETWORK or (plain and plain[0] in _NETWORK.get(name, ())) or listing:
        if name in ("curl", "wget"):
            found += [(AccessKind.URL, address) for address in addresses]
        hosts = [
            host
            for address in (addresses or plain[:2] if name in ("ssh", "scp", "curl", "wget", "rsync") else addresses)
            if (host := host_of(address))
        ]
        targets = hosts or [_DEFAULT_HOST.get(name, f"({name})")]
        found += [(AccessKind.NETWORK, host) for host in targets[:4]]
    return found


def _secrets(words: tuple[str, ...]) -> list[Reach]:
    found: list[Reach] = [
        (AccessKind.SECRET, " ".join(known)) for known in _SECRET_COMMANDS if words[: len(known)] == known
    ]
    if words[0] == "printenv":
        names = [word for word in words[1:] if not word.startswith("-")]
        found += [(AccessKind.ENV, name) for name in names] or [(AccessKind.ENV, "(all)")]
    elif words in (("env",), ("set",)):
        found.append((AccessKind.ENV, "(all)"))
    return found


def _is_path(word: str) -> bool:
    return (
        bool(word)
        and len(word) <= 512
        and not re.search(r"[\n|;{}]|\A[$&<>(]|\A/dev/(?:null|std)", word)
        and "://" not in word
    )
