"""How checking commands are told apart: targets of runners, options, and what only starts another command."""

from __future__ import annotations

import re

from attest.model.checks import CheckKind

_T, _L, _Y, _B, _S = CheckKind.TEST, CheckKind.LINT, CheckKind.TYPE, CheckKind.BUILD, CheckKind.SCAN

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
        "inv",
        "deno",
        "poe",
        "doit",
        "nx",
        "turbo",
        "lerna",
        "rush",
        "moon",
        "earthly",
        "ant",
        "sbt",
        "lein",
        "composer",
        "artisan",
        "grunt",
        "gulp",
        "pixi",
    }
)
TARGETS = (
    (_Y, re.compile(r"(?:^|[:_./-])(?:type-?check|check-?types|types?|tsc|mypy|pyright)(?:$|[:_./-])")),
    (
        _L,
        re.compile(
            r"(?:^|[:_./-])(?:lint\w*|clippy|eslint|ruff|vet|checkstyle|spotless|spotbugs|pmd|detekt|ktlint|phpcs|"
            r"(?:format|fmt|prettier|style)[:_-]?check|check[:_-]?(?:format|fmt|prettier|style))(?:$|[:_./-])",
            re.IGNORECASE,
        ),
    ),
    (
        _T,
        re.compile(
            r"(?:^|[:_./-])(?:tests?|spec|unit|integration|e2e|check|verify|ci|validate|qa|preflight|presubmit)"
            r"(?:$|[:_./-])|[a-z](?:Test|Tests|Check)(?:$|[:_./-])"
        ),
    ),
    (_S, re.compile(r"(?:^|[:_./-])(?:audit|scan|security)(?:$|[:_./-])")),
    (_B, re.compile(r"(?:^|[:_./-])(?:build|compile|package|assemble)(?:$|[:_./-])")),
)
SCRIPTS = (
    (_Y, re.compile(r"(?:^|[_-])type-?check$")),
    (_L, re.compile(r"(?:^|[_-])lint(?:ers?|ing)?$")),
    (_T, re.compile(r"(?:^|[_-])(?:tests?|specs?|ci|e2e|smoke)$|^(?:test|spec)_")),
    (_B, re.compile(r"^build$")),
)
"""What a script verifies, by its file's name without the ending."""
SCRIPT_ENDINGS = frozenset({"", "sh", "bash", "zsh", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "ps1"})
WITH_CHECK = {
    "black": ("--check",),
    "isort": ("--check",),
    "prettier": ("--check", "-c", "--list-different", "-l"),
    "autoflake": ("--check", "-c"),
    "docformatter": ("--check", "-c"),
    "yapf": ("--diff", "-d"),
    "scalafmt": ("--check", "--test", "--list"),
    "scalafix": ("--check",),
    "swiftformat": ("--lint",),
    "rustfmt": ("--check",),
    "stylua": ("--check",),
    "shfmt": ("-d", "-l"),
    "buildifier": ("-mode=check", "--mode=check"),
}
"""Formatters that only look when they are told so."""
SYNTAX_ONLY = {
    "node": ("--check", "-c"),
    "ruby": ("-c",),
    "php": ("-l",),
    "perl": ("-c",),
    "bash": ("-n",),
    "sh": ("-n",),
    "zsh": ("-n",),
    "luac": ("-p",),
}
"""Interpreters that only look at the syntax when they are told so."""
MODULES = {"py_compile": _L, "compileall": _L, "json.tool": _L, "doctest": _T}
"""Modules of Python that check, behind `python -m`."""
ALWAYS_ZERO = {"gofmt": ("-l", "-d"), "goimports": ("-l", "-d"), "gofumpt": ("-l", "-d")}
"""Programs that list what is wrong and exit 0 all the same, when they are told so."""
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
        "--no-run",
        "--notest",
        "--listenvs",
        "--list-tests",
        "--list-sessions",
        "--just-print",
        "--setup-only",
        "--setup-plan",
    }
)
NOT_A_RUN_OF: dict[str, frozenset[str]] = {
    "ctest": frozenset({"-N", "--show-only"}),
    "make": frozenset({"-n", "-q", "-t", "-p", "--question", "--touch"}),
    "gmake": frozenset({"-n", "-q", "-t", "-p", "--question", "--touch"}),
    "ninja": frozenset({"-n", "-t"}),
    "go": frozenset({"-c", "-n"}),
    "just": frozenset({"-l", "-n"}),
    "task": frozenset({"-l", "-n", "--dry"}),
    "tox": frozenset({"-l", "-a"}),
    "nox": frozenset({"-l"}),
    "gradle": frozenset({"-m"}),
    "gradlew": frozenset({"-m"}),
    "mise": frozenset({"-n"}),
    "tsc": frozenset({"-v", "--init"}),
    "eslint": frozenset({"-v", "--init"}),
    "pytest": frozenset({"-V"}),
    "mypy": frozenset({"-V"}),
}
"""Options with which a program only lists, prints or compiles what it would run."""
WITHOUT_TESTS = re.compile(r"-D(?:skipTests|skipITs|maven\.test\.skip)(?:=true)?\Z")
FORCES_SUCCESS = frozenset(
    {
        "--exit-zero",
        "--if-present",
        "--passWithNoTests",
        "--pass-with-no-tests",
        "--no-error-on-unmatched-pattern",
        "--issues-exit-code=0",
        "--exit-code=0",
        "--soft-fail",
        "--no-fail",
        "--fail-never",
        "-fn",
        "--ignore-errors",
        "-Dmaven.test.failure.ignore",
        "-Dmaven.test.failure.ignore=true",
        "-DtestFailureIgnore=true",
    }
)
FORCES_SUCCESS_WITH_ZERO = frozenset({"--issues-exit-code", "--exit-code"})
"""Options that force success where `0` stands behind them."""
FAILS_ONLY_WITH: dict[str, tuple[str, ...]] = {
    "trivy": ("--exit-code",),
    "grype": ("--fail-on", "-f"),
    "semgrep scan": ("--error",),
    "trufflehog": ("--fail",),
}
"""Scanners that exit 0 whatever they find, unless they are told otherwise."""
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
    "coverage": ("run",),
    "conda": ("run",),
    "mamba": ("run",),
    "nix": ("develop", "shell"),
    "pixi": ("run",),
    "composer": ("exec",),
    "dotenv": ("run",),
    "doppler": ("run",),
    "op": ("run",),
}
SCRIPT_RUNNERS = frozenset({"hatch", "pdm", "pipenv", "rye", "poetry", "pixi", "devbox", "composer"})
"""Programs whose `run NAME` may be a script of the project."""
CONTAINERS = frozenset({"docker", "podman", "docker-compose", "kubectl", "nerdctl"})
"""Programs that start a command in a container."""
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
    {
        "-C",
        "--prefix",
        "--cwd",
        "--filter",
        "-F",
        "-f",
        "--directory",
        "-j",
        "-w",
        "--workspace",
        "-p",
        "--project-dir",
        "-x",
        "--exclude-task",
        "--projects",
        "-pl",
        "--profile",
        "-P",
    }
)
XARGS_VALUED = frozenset({"-n", "-I", "-P", "-L", "-d", "-s", "-E", "-a", "--max-args", "--max-procs", "--delimiter"})
