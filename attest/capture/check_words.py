"""The words of checking commands: programs, their sub-commands, targets of runners, and what starts other commands."""

from __future__ import annotations

import re

from attest.model.checks import CheckKind

_T, _L, _Y, _B, _S = CheckKind.TEST, CheckKind.LINT, CheckKind.TYPE, CheckKind.BUILD, CheckKind.SCAN

ALWAYS: dict[str, CheckKind] = {
    **dict.fromkeys(
        (
            "pytest",
            "py.test",
            "tox",
            "nox",
            "jest",
            "vitest",
            "mocha",
            "ava",
            "rspec",
            "phpunit",
            "ctest",
            "bats",
            "gotestsum",
            "nose2",
            "trial",
            "karma",
        ),
        _T,
    ),
    **dict.fromkeys(
        (
            "flake8",
            "pylint",
            "eslint",
            "stylelint",
            "staticcheck",
            "shellcheck",
            "hadolint",
            "rubocop",
            "yamllint",
            "markdownlint",
            "ktlint",
            "swiftlint",
            "lint-imports",
            "codespell",
            "actionlint",
            "pycodestyle",
            "pydocstyle",
            "oxlint",
            "tflint",
            "errcheck",
            "revive",
        ),
        _L,
    ),
    **dict.fromkeys(("mypy", "pyright", "basedpyright", "pyre", "vue-tsc", "svelte-check"), _Y),
    **dict.fromkeys(("ninja", "webpack", "xcodebuild", "msbuild"), _B),
    **dict.fromkeys(
        (
            "bandit",
            "trivy",
            "grype",
            "gitleaks",
            "trufflehog",
            "pip-audit",
            "govulncheck",
            "osv-scanner",
            "checkov",
            "tfsec",
            "zizmor",
            "gosec",
            "detect-secrets",
        ),
        _S,
    ),
}
FIRST_ARGUMENT: dict[str, dict[str, CheckKind]] = {
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
RUNNERS = frozenset(
    {
        "make",
        "gmake",
        "just",
        "task",
        "mise",
        "npm",
        "pnpm",
        "yarn",
        "bun",
        "rake",
        "mvn",
        "mvnw",
        "gradle",
        "gradlew",
        "invoke",
        "deno",
    }
)
TARGETS = (
    (_Y, re.compile(r"(?:^|[:_./-])(?:type-?check|types?|tsc|mypy|pyright)(?:$|[:_./-])")),
    (_L, re.compile(r"(?:^|[:_./-])(?:lint\w*|clippy|eslint|ruff|vet|fmt-check|format-check|check-fmt)(?:$|[:_./-])")),
    (_T, re.compile(r"(?:^|[:_./-])(?:tests?|spec|unit|integration|e2e|check|verify)(?:$|[:_./-])")),
    (_S, re.compile(r"(?:^|[:_./-])(?:audit|scan|security)(?:$|[:_./-])")),
    (_B, re.compile(r"(?:^|[:_./-])(?:build|compile|package|assemble)(?:$|[:_./-])")),
)
WITH_CHECK = {"black": "--check", "isort": "--check", "prettier": "--check"}
NOT_A_RUN = frozenset(
    {
        "--version",
        "--help",
        "-h",
        "--collect-only",
        "--co",
        "--listTests",
        "--list",
        "-list",
        "--dry-run",
        "--showConfig",
        "--print-config",
        "--show-settings",
        "--fixtures",
        "--markers",
    }
)
FORCES_SUCCESS = frozenset(
    {"--exit-zero", "--if-present", "--passWithNoTests", "--pass-with-no-tests", "--no-error-on-unmatched-pattern"}
)
PREFIXES = {
    "uv": ("run",),
    "poetry": ("run",),
    "pipenv": ("run",),
    "pdm": ("run",),
    "rye": ("run",),
    "hatch": ("run",),
    "pnpm": ("exec", "dlx"),
    "npm": ("exec",),
    "yarn": ("exec", "dlx"),
    "bundle": ("exec",),
    "bun": ("x",),
    "mise": ("exec", "x"),
    "go": ("tool",),
    "devbox": ("run",),
}
BARE_PREFIXES = frozenset(
    {
        "sudo",
        "env",
        "time",
        "timeout",
        "gtimeout",
        "nice",
        "nohup",
        "command",
        "exec",
        "npx",
        "bunx",
        "uvx",
        "pipx",
        "xvfb-run",
        "unbuffer",
        "stdbuf",
        "arch",
        "caffeinate",
        "builtin",
    }
)
VALUED = frozenset(
    {
        "--with",
        "--extra",
        "--group",
        "--package",
        "--python",
        "-p",
        "--project",
        "--directory",
        "-C",
        "--env-file",
        "-k",
        "-s",
        "-u",
        "-n",
        "--filter",
        "-F",
        "--prefix",
        "--cwd",
        "--from",
        "--only-group",
        "--index-url",
    }
)
RUN_OPTIONS_WITH_VALUE = frozenset(
    {"-C", "--prefix", "--cwd", "--filter", "-F", "-f", "--directory", "-j", "-w", "--workspace", "-p", "--project-dir"}
)
