"""Finds and reads the policies that hold for a change, at the place that the change cannot touch.

1. the repository's own `.attest/policy.yaml`
2. the policy it extends, by the digest of its bytes, from `.attest/policies/<sha256>.yaml` of the same tree
3. `.attest/policy.yaml` of every folder above a changed path: it speaks of that folder only

Each judges on its own and the gravest verdict stands, so that the second and third can only ask for more.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.policy.document import parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from attest.git import Repository
    from attest.policy.change import Change
    from attest.policy.values import Policy

POLICY_FILE: Final = ".attest/policy.yaml"
MAX_FLOORS: Final = 4
MAX_FILE_BYTES: Final = 1024 * 1024
"""Read of a file in a work tree; a policy may have half of it."""
MAX_NESTED: Final = 256
_PATHS_A_CALL: Final = 400


def read_policies(repository: Repository, base: str, raw: bytes, path: str = POLICY_FILE) -> tuple[Policy, ...]:
    """Give the policy whose bytes stand at a path of a revision, then all that it extends.

    Raises:
        CannotVerify: `policy.malformed`, `policy.floor`: nothing may be decided.
    """
    return _chain(raw, f"{base[:12]}:{path}", lambda place: repository.tree_blob(base, place))


def work_tree_policies(folder: Path) -> tuple[Policy, ...]:
    """Give the policy of a work tree, then all that it extends: for trying one that is not committed yet.

    Raises:
        InvalidInput: there is no policy.
        CannotVerify: `policy.malformed`, `policy.floor`.
    """
    raw = _file(folder / POLICY_FILE)
    if raw is None:
        raise InvalidInput("input.not-found", "no policy there", where=str(folder / POLICY_FILE))
    return _chain(raw, POLICY_FILE, lambda place: _file(folder / place))


def _chain(raw: bytes, name: str, read: Callable[[str], bytes | None]) -> tuple[Policy, ...]:
    found = [_parse(raw, name)]
    while (floor := found[-1].extends) is not None:
        place = f".attest/policies/{floor.sha256}.yaml"
        data = read(place)
        if data is None or hashlib.sha256(data).hexdigest() != floor.sha256 or len(found) > MAX_FLOORS:
            raise CannotVerify("policy.floor", expected=f"sha256:{floor.sha256}", where=f"{name} extends {place}")
        found.append(_parse(data, floor.uri))
    return tuple(found)


def _file(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except OSError:
        return None


def nested_policies(repository: Repository, base: str, changes: Iterable[Change]) -> tuple[Policy, ...]:
    """Give the policies of folders that a change touches.

    Raises:
        CannotVerify: `policy.malformed`, or more than 256 of them.
    """
    folders: set[bytes] = set()
    for change in changes:
        names = change.path.split(b"/")[:-1]
        folders |= {b"/".join(names[:depth]) for depth in range(1, len(names) + 1)}
    wanted = sorted(os.fsdecode(folder) + "/" + POLICY_FILE for folder in folders)
    found: list[str] = []
    for at in range(0, len(wanted), _PATHS_A_CALL):
        asked = wanted[at : at + _PATHS_A_CALL]
        listed = repository.plumbing(["ls-tree", "--full-tree", "--name-only", "-z", base, "--", *asked])
        found += [os.fsdecode(name) for name in listed.split(b"\0") if name]
    if len(found) > MAX_NESTED:
        raise CannotVerify("policy.malformed", "too many nested policies", expected=f"<= {MAX_NESTED}", where=base)
    return tuple(
        _parse(repository.tree_blob(base, path) or b"", f"{base[:12]}:{path}", path.removesuffix(POLICY_FILE))
        for path in found
    )


def _parse(raw: bytes, name: str, below: str = "") -> Policy:
    try:
        return parse_policy(raw, name, below=below)
    except InvalidInput as err:
        raise CannotVerify(err.code, err.what, expected=err.expected, where=err.where) from err
