"""What stands in git's hooks folder: a small script that notes, then does what stood there before, exactly.

The hook that was there gets the same arguments and the same standard input, and its exit code is git's answer. One
written in `sh`, `bash`, `dash` or `ksh` also finds its own path in `$0`, for hook managers look at it; one in another
language finds a path that ends in its name, in a folder beside.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

GIT_HOOKS: Final = ("post-commit", "post-rewrite", "pre-push", "reference-transaction")
"""The hooks that are asked for."""
STDIN_HOOKS: Final = frozenset({"post-rewrite", "pre-push", "reference-transaction"})
ALL_GIT_HOOKS: Final = (
    *"applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg".split(),
    *"post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive".split(),
    *"post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate".split(),
    *"post-index-change fsmonitor-watchman p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit".split(),
)
"""Every hook git knows: all are passed on where a folder of hooks beyond the clone is stood in for."""
SIGNATURE: Final = "# Written by `whereof init`;"
CHAINED_SUFFIX: Final = ".whereof"
CHAINED_FOLDER: Final = "whereof-chained"
_SHELL: Final = re.compile(
    rb"#!\s*(?P<program>/\S*/(?:sh|bash|dash|ksh)|/usr/bin/env\s+(?:sh|bash|dash|ksh))(?P<flags>\s+-[a-zA-Z]+)?\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """A hook that stood there before: how it is started now."""

    start: str
    """Words of a shell command, up to the file."""
    keeps_zero: bool
    file: str
    """Where it lies now: a shell word, quoted."""


def is_ours(data: bytes) -> bool:
    """Tell a script of ours by its second line."""
    return SIGNATURE.encode() in data[:256]


def chained_name(hook: str, data: bytes) -> str:
    """Give the name, below the hooks folder, that an existing hook is moved to."""
    return f"{hook}{CHAINED_SUFFIX}" if _shell(data) else f"{CHAINED_FOLDER}/{hook}"


def chained_here(hook: str, data: bytes) -> Chained:
    """Say how a hook that was moved aside in the same folder is started."""
    shell = _shell(data)
    return Chained(
        start=shell or "", keeps_zero=shell is not None, file='"${0%/*}"/' + shlex.quote(chained_name(hook, data))
    )


def chained_elsewhere(path: str) -> Chained:
    """Say how a hook of another folder is started: by its own path."""
    return Chained(start="", keeps_zero=False, file=shlex.quote(path))


def dispatcher(hook: str, whereof_dir: str, chained: Chained | None, *, nearby: str | None = None) -> bytes:
    """Give the script for one hook; `whereof_dir` is where our folder lies now, and a clone that was moved is asked.

    `nearby` is our folder as seen from the script's, looked at first: for a script in the git directory alone, because
    beside one in the work tree a commit could have put anything.
    """
    ask = "$(git rev-parse --path-format=absolute --git-common-dir 2>/dev/null)/whereof"
    places = [shlex.quote(whereof_dir), ask]
    if nearby is not None:
        places.insert(0, "${0%/*}/" + nearby)
    lines = [
        "#!/bin/sh",
        f"{SIGNATURE} `whereof uninstall` takes it away and puts back what stood here.",
        f"whereof_git={hook}",
        "unset whereof_in",
    ]
    if hook in GIT_HOOKS:
        lines.append(f"whereof_dir={places[0]}")
        lines += [f'[ -r "$whereof_dir/hook" ] || whereof_dir={place}' for place in places[1:]]
        lines += _note(hook, chained)
    if chained is not None:
        lines += _pass_on(hook, chained)
    lines.append("exit 0")
    return ("\n".join(lines) + "\n").encode()


def _note(hook: str, chained: Chained | None) -> list[str]:
    note = '(. "$whereof_dir/hook") '
    if hook == "reference-transaction":
        # Most of git's calls are of no interest: they cost one `sh`, and leave standard input to whom it is for.
        test = '[ "${1:-}" = committed ] && [ -r "$whereof_dir/hook" ]'
    else:
        test = '[ -r "$whereof_dir/hook" ]'
    if chained is None or hook not in STDIN_HOOKS:
        return [f"if {test}; then", f"    {note}{'' if hook in STDIN_HOOKS else '</dev/null'}".rstrip(), "fi"]
    return [
        f"if {test}; then",
        "    whereof_in=$(cat; printf x)",
        "    whereof_in=${whereof_in%x}",
        f'    printf %s "$whereof_in" 2>/dev/null | {note}'.rstrip(),
        "fi",
    ]


def _pass_on(hook: str, chained: Chained) -> list[str]:
    start = f'{chained.start} -c \'whereof_f=$1; shift; . "$whereof_f"\' "$0" ' if chained.keeps_zero else ""
    run = f'{start}"$whereof_next" "$@"'
    lines = [
        f"whereof_next={chained.file}",
        # A hook manager that moved this script aside may be what was chained: then it has run already.
        "case ${0##*/} in",
        f"{hook}) ;;",
        f'*) [ "${{WHEREOF_CHAIN:-}}" = {hook} ] && exit 0; WHEREOF_CHAIN={hook}; export WHEREOF_CHAIN ;;',
        "esac",
        '[ -x "$whereof_next" ] || exit 0',
    ]
    if hook in GIT_HOOKS and hook in STDIN_HOOKS:
        lines += [
            'if [ -n "${whereof_in+read}" ]; then',
            f'    printf %s "$whereof_in" 2>/dev/null | {run}',
            "    exit $?",
            "fi",
        ]
    return [*lines, f"exec {run}"]


def _shell(data: bytes) -> str | None:
    """Give the words that start a shell script's own shell; None for what is no shell script."""
    first = data.split(b"\n", 1)[0]
    if not first.startswith(b"#!"):
        # git runs a text without a first line of this kind by `sh`.
        return "sh" if data and b"\0" not in data[:4096] else None
    match = _SHELL.fullmatch(first.rstrip(b"\r"))
    return (match["program"] + (match["flags"] or b"")).decode() if match else None


def managed_dispatcher(hook: str, folder: str) -> bytes:
    """Give the script for one hook of a device's own folder: it notes in enrolled clones, and passes on to the clone's.

    `folder` is where the hook and the enrolment list lie on the device.
    """
    lines = [
        "#!/bin/sh",
        f"{SIGNATURE} this one is the device's, and passes on to the hooks of the clone.",
        f"whereof_git={hook}",
        f"whereof_home={folder}",
        "unset whereof_in",
        "whereof_next=$(git rev-parse --path-format=absolute --git-common-dir 2>/dev/null)/hooks/" + hook,
    ]
    if hook in GIT_HOOKS:
        note = '(. "$whereof_home/hook-managed")'
        test = '[ -r "$whereof_home/hook-managed" ]'
        if hook == "reference-transaction":
            test = f'[ "${{1:-}}" = committed ] && {test}'
        if hook in STDIN_HOOKS:
            lines += [
                f"if {test}; then",
                "    whereof_in=$(cat; printf x)",
                "    whereof_in=${whereof_in%x}",
                f'    printf %s "$whereof_in" 2>/dev/null | {note}',
                "fi",
            ]
        else:
            lines += [f"if {test}; then", f"    {note} </dev/null", "fi"]
    lines += ['[ -x "$whereof_next" ] || exit 0']
    if hook in STDIN_HOOKS and hook in GIT_HOOKS:
        lines += [
            'if [ -n "${whereof_in+read}" ]; then',
            '    printf %s "$whereof_in" 2>/dev/null | "$whereof_next" "$@"',
            "    exit $?",
            "fi",
        ]
    return ("\n".join([*lines, 'exec "$whereof_next" "$@"']) + "\n").encode()
