"""Places a change in a tier: the highest tier of the rules that match its paths, then whatever its sessions raise.

Paths come from the clone's own tree diff. What a session says can only raise: a rule that reads a session, alone or
with paths, is left out of the first step. A path that cannot be placed (`..`, a backslash, not UTF-8) raises to the
highest tier, and neither a symlink nor a submodule is ever "only documentation".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from attest.policy.change import Change
from attest.policy.facts import SessionFacts
from attest.policy.globs import Case, is_plain, matches
from attest.policy.values import Exemption, Policy, Rule, SessionCondition

ODD_PATH = "odd-path"
"""Stands for a rule where a path cannot be placed."""
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a change stands, and why."""

    tier: str
    rule: str
    """The rule that placed it, `default`, or `odd-path`."""
    mode: str
    matched: tuple[str, ...]
    """Every rule that matched."""
    notes: tuple[str, ...]
    """Exceptions used, and those that have run out."""
    could_raise: tuple[Rule, ...]
    """Rules on sessions that do not match what is known, and would raise the tier if they did."""
    controls: tuple[str, ...]


def place(policy: Policy, changes: tuple[Change, ...], sessions: tuple[SessionFacts, ...], *, today: date) -> Placement:
    """Give the tier of a change under a policy; `sessions` are all that verified, whoever signed them."""
    mine = tuple(one for one in changes if one.path.startswith(policy.below.encode()))
    paths = tuple(_relative(one, policy) for one in mine if is_plain(one.path))
    notes: list[str] = []
    found: list[tuple[str, str, str]] = []
    raising: list[tuple[Rule, SessionCondition]] = []
    for rule in policy.rules:
        if not _matches(rule, policy, paths, mine):
            continue
        if rule.when.session is None:
            found.append((_tier_of(rule, policy, paths, (today, notes)), rule.id, rule.mode))
        else:
            raising.append((rule, rule.when.session))
    if len(paths) < len(mine):
        found.append((policy.tiers[-1].id, ODD_PATH, policy.mode))
    base = found or [(policy.default_tier, DEFAULT, policy.mode)]
    raised = [rule for rule, when in raising if any(one.meets(when) for one in sessions)]
    base += [(rule.tier, rule.id, rule.mode) for rule in raised]
    height = max(policy.height(tier) for tier, _, _ in base)
    top = [(rule, mode) for tier, rule, mode in base if policy.height(tier) == height]
    matched = tuple(rule for _, rule, _ in base)
    return Placement(
        tier=policy.tiers[height].id,
        rule=top[0][0],
        mode=_strictest([mode for _, mode in top]),
        matched=matched,
        notes=tuple(notes),
        could_raise=tuple(r for r, _ in raising if r not in raised and policy.height(r.tier) > height),
        controls=tuple(dict.fromkeys(c for rule in policy.rules if rule.id in matched for c in rule.controls)),
    )


def _matches(rule: Rule, policy: Policy, paths: tuple[str, ...], changes: tuple[Change, ...]) -> bool:
    when = rule.when
    if when.paths and not any(matches(one, path) for one in when.paths for path in paths):
        return False
    if when.paths_only and not _only(when.paths_only, paths, changes):
        return False
    if when.kinds and not any(one.kinds & set(when.kinds) for one in changes):
        return False
    labelled = dict(policy.labels)
    named = [glob for name in when.labels for glob in labelled[name]]
    return not when.labels or any(matches(glob, path) for glob in named for path in paths)


def _only(globs: tuple[str, ...], paths: tuple[str, ...], changes: tuple[Change, ...]) -> bool:
    """Tell whether nothing but these paths was touched; this lowers, so nothing is read generously."""
    if not changes or len(paths) < len(changes) or any(one.kinds & {"symlink", "submodule"} for one in changes):
        return False
    wanted = [one for one in globs if not one.startswith("!")]
    apart = [one.removeprefix("!") for one in globs if one.startswith("!")]
    return all(
        any(matches(one, path, Case.EXACT) for one in wanted) and not any(matches(one, path) for one in apart)
        for path in paths
    )


def _tier_of(rule: Rule, policy: Policy, paths: tuple[str, ...], until: tuple[date, list[str]]) -> str:
    """Give the tier of a rule that matched, lower where an exception covers every path that made it match."""
    today, notes = until
    hits = [path for path in paths if any(matches(one, path) for one in rule.when.paths)]
    for one in policy.exemptions:
        if one.rule != rule.id or not _covers(one, hits):
            continue
        if today > one.expires:
            notes.append(f"exception {one.id} ran out on {one.expires}")
        elif policy.height(one.tier) < policy.height(rule.tier):
            notes.append(f"exception {one.id} until {one.expires}: {one.reason}, approved by {one.approved_by}")
            return one.tier
    return rule.tier


def _covers(one: Exemption, hits: list[str]) -> bool:
    return bool(hits) and all(any(matches(glob, path, Case.EXACT) for glob in one.paths) for path in hits)


def _relative(change: Change, policy: Policy) -> str:
    return change.path.decode().removeprefix(policy.below)


def _strictest(modes: list[str]) -> str:
    return max(modes, key=("observe", "warn", "enforce").index)
