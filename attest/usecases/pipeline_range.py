"""Which commits a pipeline is about, from the variables that its build server sets.

The base is what decides which policy applies, so it is never something the change can choose: the tip of the branch
that the change is to land on, or, for a push to the default branch, the commit that it stood at before. A merge base
is not taken: a change could start below the commit that brought the policy.

| server | change request | push to the default branch | push elsewhere |
|---|---|---|---|
| GitHub | base branch..head of the event | before..after of the event | default branch..after |
| GitLab | target branch..CI_COMMIT_SHA | CI_COMMIT_BEFORE_SHA..CI_COMMIT_SHA | default branch..CI_COMMIT_SHA |
| Jenkins | CHANGE_TARGET..HEAD | GIT_PREVIOUS_SUCCESSFUL_COMMIT..HEAD | usage: name the range |

The variables are the build server's word. They are shaped as object ids or branch names, or refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.git import Repository

MAX_EVENT_BYTES: Final = 32 * 1024 * 1024
_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH: Final = re.compile(r"[^-\x00-\x20~^:?*\[\\\x7f][^\x00-\x20~^:?*\[\\\x7f]{0,250}")
_DEPTH: Final = {
    "github": "set `fetch-depth: 0` on actions/checkout",
    "gitlab": 'set GIT_DEPTH: "0", and fetch the target branch as the template does',
    "jenkins": "switch shallow clone off, and fetch the target branch",
    "named": "git fetch --unshallow",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRange:
    """What a pipeline is about."""

    server: str
    """`github`, `gitlab`, `jenkins`, or `named` where the caller gave the range."""
    base: str | None
    """Full oid; None: the first push of a repository, before which there was nothing."""
    tip: str


def pipeline_range(environ: Mapping[str, str], repository: Repository, named: str = "") -> PipelineRange:
    """Give the range that is named (`A..B`), else the one that the build server's variables tell of.

    Raises:
        InvalidInput: `input.usage`, no build server is known by its variables, or the event has no range;
            `input.malformed`, a variable is not what it should be; `git.no-such-revision`.
        CannotVerify: `git.shallow`, the clone lacks an end of the range.
    """
    if named:
        base, dots, tip = named.partition("..")
        if not dots or not base or tip.startswith(".") or ".." in tip:
            raise InvalidInput("input.usage", "not a range", expected="A..B", got=named[:80])
        return PipelineRange(server="named", base=repository.resolve(base), tip=repository.resolve(tip or "HEAD"))
    for server, mark, read in (
        ("github", "GITHUB_ACTIONS", _github),
        ("gitlab", "GITLAB_CI", _gitlab),
        ("jenkins", "JENKINS_URL", _jenkins),
    ):
        if environ.get(mark):
            base_name, tip_name = read(environ, repository)
            base_oid = None if base_name is None else _present(repository, base_name, server)
            return PipelineRange(server=server, base=base_oid, tip=_present(repository, tip_name, server))
    raise InvalidInput("input.usage", "no range is given and no build server is known here", expected="A..B")


def depth_hint(server: str) -> str:
    """Say how the build server is told to fetch the whole history."""
    return _DEPTH[server]


def _github(environ: Mapping[str, str], repository: Repository) -> tuple[str | None, str]:
    event, kind = _event(environ), environ.get("GITHUB_EVENT_NAME", "")
    if kind in {"pull_request", "pull_request_target"}:
        change = _inside(event, "pull_request")
        base = _inside(change, "base")
        here = f"refs/remotes/origin/{_branch(base.get('ref'))}"
        # The branch as it stands now says more than the event, which is older when a run is started again.
        return here if _known(repository, here) else _oid(base.get("sha")), _oid(_inside(change, "head").get("sha"))
    if kind == "merge_group":
        group = _inside(event, "merge_group")
        return _oid(group.get("base_sha")), _oid(group.get("head_sha"))
    if kind == "push" and str(event.get("ref", "")).startswith("refs/heads/"):
        default = f"refs/heads/{_branch(_inside(event, 'repository').get('default_branch'))}"
        before, after = _oid(event.get("before")), _oid(event.get("after"))
        if event["ref"] == default:
            return None if _zero(before) else before, after
        return default.replace("refs/heads/", "refs/remotes/origin/", 1), after
    raise _no_range(f"event {kind[:40] or 'unknown'}")


def _gitlab(environ: Mapping[str, str], _repository: Repository) -> tuple[str | None, str]:
    after = _oid(environ.get("CI_COMMIT_SHA"))
    target = environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    if target:
        return f"refs/remotes/origin/{_branch(target)}", after
    if environ.get("CI_COMMIT_TAG") or not environ.get("CI_COMMIT_BRANCH"):
        raise _no_range("a pipeline without a branch")
    default = _branch(environ.get("CI_DEFAULT_BRANCH"))
    if environ["CI_COMMIT_BRANCH"] != default:
        return f"refs/remotes/origin/{default}", after
    before = _oid(environ.get("CI_COMMIT_BEFORE_SHA"))
    # Zeros also stand in pipelines that no push started: then nobody says what is new.
    if _zero(before) and environ.get("CI_PIPELINE_SOURCE") != "push":
        raise _no_range("a pipeline that no push started")
    return None if _zero(before) else before, after


def _jenkins(environ: Mapping[str, str], _repository: Repository) -> tuple[str | None, str]:
    target = environ.get("CHANGE_TARGET")
    if target:
        return f"refs/remotes/origin/{_branch(target)}", "HEAD"
    before = environ.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT")
    if before and environ.get("BRANCH_IS_PRIMARY") == "true":
        return _oid(before), "HEAD"
    raise _no_range("a build that is neither a change request nor one of the primary branch with a good one before")


def _event(environ: Mapping[str, str]) -> dict[str, object]:
    path = Path(environ.get("GITHUB_EVENT_PATH", ""))
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_EVENT_BYTES + 1)
        if len(raw) > MAX_EVENT_BYTES:
            raise InvalidInput("input.too-large", "the event", expected=f"<= {MAX_EVENT_BYTES} bytes")
        event = json.loads(raw)
    except (OSError, ValueError, RecursionError) as err:
        raise InvalidInput("input.malformed", "the event cannot be read", where="GITHUB_EVENT_PATH") from err
    return _object(event, "event")


def _inside(event: Mapping[str, object], name: str) -> dict[str, object]:
    return _object(event.get(name), name)


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidInput("input.malformed", "the event lacks a member", expected="an object", where=where)
    return value


def _oid(value: object) -> str:
    if not isinstance(value, str) or not _OID.fullmatch(value):
        raise InvalidInput("input.malformed", "not an object id", expected="40 or 64 hex digits", got=repr(value)[:80])
    return value


def _branch(value: object) -> str:
    if not isinstance(value, str) or not _BRANCH.fullmatch(value) or ".." in value or "@{" in value:
        raise InvalidInput("input.malformed", "not a branch name", got=repr(value)[:80])
    return value


def _zero(oid: str) -> bool:
    return not oid.strip("0")


def _known(repository: Repository, revision: str) -> bool:
    try:
        repository.resolve(revision)
    except InvalidInput:
        return False
    return True


def _present(repository: Repository, revision: str, server: str) -> str:
    if _known(repository, revision):
        return repository.resolve(revision)
    # Not here is not "not there": a shallow clone, a history that was rewritten, or a branch that was not fetched.
    raise CannotVerify(
        "git.shallow", "an end of the range is not in this clone", where=revision, hint=depth_hint(server)
    )


def _no_range(got: str) -> InvalidInput:
    return InvalidInput("input.usage", "this build says no range", expected="the range as A..B", got=got)
