"""Which commands verify something, by their words. Shared by every reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.model.checks import CheckKind

_T, _L, _Y, _B, _S = CheckKind.TEST, CheckKind.LINT, CheckKind.TYPE, CheckKind.BUILD, CheckKind.SCAN

_ALWAYS: dict[str, CheckKind] = {
    **dict.fromkeys(("pytest", "py.test", "tox", "nox", "jest", "vitest", "mocha", "ava", "rspec", "phpunit", "ctest",
                     "bats", "gotestsum", "nose2", "trial", "karma"), _T),
    **dict.fromkeys(("flake8", "pylint", "eslint", "stylelint", "staticcheck", "shellcheck", "hadolint", "rubocop",
                     "yamllint", "markdownlint", "ktlint", "swiftlint", "lint-imports", "codespell", "actionlint",
                     "pycodestyle", "pydocstyle", "oxlint", "tflint", "errcheck", "revive"), _L),
    **dict.fromkeys(("mypy", "pyright", "basedpyright", "pyre", "vue-tsc", "svelte-check"), _Y),
    **dict.fromkeys(("ninja", "webpack", "xcodebuild", "msbuild"), _B),
    **dict.fromkeys(("bandit", "trivy", "grype", "gitleaks", "trufflehog", "pip-audit", "govulncheck", "osv-scanner",
                     "checkov", "tfsec", "zizmor", "gosec", "detect-secrets"), _S),
}
_FIRST_ARGUMENT: dict[str, dict[str, CheckKind]] = {
    "go": {"test": _T, "vet": _L, "build": _B},
    "cargo": {"test": _T, "nextest": _T, "clippy": _L, "build": _B, "check": _B, "audit": _S, "deny": _S},
    "ruff": {"check": _L},
    "biome": {"check": _L, "lint": _L, "ci": _L},
    "golangci-lint": {"run": _L},
    "pre-commit": {"run": _L},
    "playwright": {"test": _T},
    "cypress": {"run": _T},
    "bun": {"test": _T, "build": _B},
    "deno": {"test": _T, "lint": _L, "check": _Y},
    "dotnet": {"test": _T, "build": _B},
    "swift": {"test": _T, "build": _B},
    "zig": {"test": _T, "build": _B},
    "mix": {"test": _T, "compile": _B},
    "bazel": {"test": _T, "build": _B},
    "rails": {"test": _T},
    "ty": {"check": _Y},
    "vite": {"build": _B},
    "next": {"build": _B, "lint": _L},
    "docker": {"build": _B},
    "uv": {"build": _B},
    "npm": {"test": _T, "t": _T, "audit": _S},
    "pnpm": {"test": _T, "t": _T, "audit": _S},
    "yarn": {"test": _T, "audit": _S},
    "semgrep": {"scan": _S, "ci": _S},
    "snyk": {"test": _S},
    "safety": {"check": _S, "scan": _S},
}
_RUNNERS = frozenset({"make", "gmake", "just", "task", "mise", "npm", "pnpm", "yarn", "bun", "rake", "mvn", "mvnw", "gradle", "gradlew", "invoke", "deno"})
_TARGETS = (
    (_Y, re.compile(r"(?:^|[:_./-])(?:type-?check|types?|tsc|mypy|pyright)(?:$|[:_./-])")),
    (_L, re.compile(r"(?:^|[:_./-])(?:lint\w*|clippy|eslint|ruff|vet|fmt-check|format-check|check-fmt)(?:$|[:_./-])")),
    (_T, re.compile(r"(?:^|[:_./-])(?:tests?|spec|unit|integration|e2e|check|verify)(?:$|[:_./-])")),
    (_S, re.compile(r"(?:^|[:_./-])(?:audit|scan|security)(?:$|[:_./-])")),
    (_B, re.compile(r"(?:^|[:_./-])(?:build|compile|package|assemble)(?:$|[:_./-])")),
)
_WITH_CHECK = {"black": "--check", "isort": "--check", "prettier": "--check"}
_NOT_A_RUN = frozenset({"--version", "--help", "-h", "--collect-only", "--co", "--listTests", "--list", "-list", "--dry-run",
                        "--showConfig", "--print-config", "--show-settings", "--fixtures", "--markers"})
_FORCES_SUCCESS = frozenset({"--exit-zero", "--if-present", "--passWithNoTests", "--pass-with-no-tests", "--no-error-on-unmatched-pattern"})
_PREFIXES = {"uv": ("run",), "poetry": ("run",), "pipenv": ("run",), "pdm": ("run",), "rye": ("run",), "hatch": ("run",),
             "pnpm": ("exec", "dlx"), "npm": ("exec",), "yarn": ("exec", "dlx"), "bundle": ("exec",), "bun": ("x",), "mise": ("exec", "x"),
             "go": ("tool",), "devbox": ("run",)}
_BARE_PREFIXES = frozenset({"sudo", "env", "time", "timeout", "gtimeout", "nice", "nohup", "command", "exec", "npx", "bunx", "uvx", "pipx",
                            "xvfb-run", "unbuffer", "stdbuf", "arch", "caffeinate", "builtin"})
_VALUED = frozenset({"--with", "--extra", "--group", "--package", "--python", "-p", "--project", "--directory", "-C", "--env-file", "-k", "-s",
                     "-u", "-n", "--filter", "-F", "--prefix", "--cwd", "--from", "--only-group", "--index-url"})
_RUN_OPTIONS_WITH_VALUE = frozenset({"-C", "--prefix", "--cwd", "--filter", "-F", "-f", "--directory", "-j", "-w", "--workspace", "-p", "--project-dir"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCommand:
    """A command that verifies."""

    kind: CheckKind
    tool: str
    forced: bool
    """True where an option makes it succeed whatever it finds."""


def classify(argv: tuple[str, ...]) -> CheckCommand | None:
    """Give what a simple command verifies, or None where it verifies nothing that the table knows."""
    words = unwrapped(argv)
    if not words or _NOT_A_RUN.intersection(words):
        return None
    found = _known(words)
    if found is None:
        return None
    kind, tool = found
    return CheckCommand(kind=kind, tool=tool[:64], forced=bool(_FORCES_SUCCESS.intersection(words)))


def unwrapped(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words without what only starts another command: `sudo`, `uv run`, `npx`, `timeout 60`, `python -m`."""
    words = argv
    for _ in range(6):
        if not words:
            return ()
        name = _name(words[0])
        if name in _BARE_PREFIXES:
            words = _behind_options(words[1:], number=name in ("timeout", "gtimeout"))
        elif len(words) > 1 and words[1] in _PREFIXES.get(name, ()):
            words = _behind_options(words[2:], number=False)
        elif re.fullmatch(r"python[0-9.]*|py", name) and len(words) > 2 and words[1] == "-m":
            words = words[2:]
        else:
            return (name, *words[1:])
    return words


def _behind_options(words: tuple[str, ...], *, number: bool) -> tuple[str, ...]:
    place = 0
    while place < len(words):
        word = words[place]
        if word == "--":
            place += 1
            break
        if word.startswith("-"):
            place += 2 if word in _VALUED else 1
        elif re.match(r"[A-Za-z_]\w*=", word):
            place += 1
        else:
            break
    if number and place < len(words):
        place += 1
    return words[place:]


def _known(words: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    name, rest = words[0], words[1:]
    plain = _plain(rest)
    first = plain[0] if plain else ""
    if name in _ALWAYS:
        return _ALWAYS[name], name
    if name in _WITH_CHECK:
        return (_L, name) if any(word.startswith(_WITH_CHECK[name]) for word in rest) else None
    if name == "ruff" and first == "format":
        return (_L, name) if "--check" in rest else None
    if name == "cargo" and first == "fmt":
        return (_L, "cargo fmt") if "--check" in rest else None
    if name == "tsc":
        return (_Y if "--noEmit" in rest or "-noEmit" in rest else _B), name
    if name == "unittest" or (name == "node" and "--test" in rest):
        return _T, name
    if name == "build" and not rest:
        return _B, name
    if name == "cmake":
        return (_B, name) if "--build" in rest else None
    if re.fullmatch(r"python[0-9.]*|py", name):
        return (_T, "manage.py test") if first.endswith("manage.py") and plain[1:2] == ("test",) else None
    if first in _FIRST_ARGUMENT.get(name, {}):
        return _FIRST_ARGUMENT[name][first], f"{name} {first}"
    return _by_target(name, plain) if name in _RUNNERS else None


def _by_target(name: str, plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read a runner's target by its name: what it really does is the repository's choice."""
    if name in ("npm", "pnpm", "yarn", "bun", "mise", "deno") and plain[:1] in (("run",), ("run-script",), ("task",), ("r",)):
        plain = plain[1:]
    elif name in ("npm", "bun", "deno") or (name == "mise" and plain[:1] in (("install",), ("use",), ("trust",), ("set",))):
        return None
    if name in ("make", "gmake") and not plain:
        return _B, name
    for target in plain[:8]:
        for kind, pattern in _TARGETS:
            if pattern.search(target):
                return kind, f"{name} {target}"
        if name in ("npm", "pnpm", "yarn", "bun", "mise", "deno"):
            return None
    return None


def _plain(rest: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words that are neither options, nor their values, nor `NAME=value`."""
    plain: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _RUN_OPTIONS_WITH_VALUE
        elif not re.match(r"[A-Za-z_]\w*=", word):
            plain.append(word)
    return tuple(plain)


def _name(word: str) -> str:
    return word.rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd")
