"""Reads `.attest/policy.yaml` into a `Policy`, or refuses it with file and line. Nothing in it is guessed or skipped.

YAML is read by event in safe mode (`redaction.yaml_border`): anchors, aliases, tags, merge keys, repeated keys, a
second document, more than 512 KiB, more than ten levels are refused, and so is every key this version does not know.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Final, NoReturn

from attest.errors import InvalidInput
from attest.policy.independence import Signer
from attest.policy.schema import POLICY
from attest.policy.values import (
    DEFAULT_LINKS,
    Agent,
    Builder,
    Condition,
    Exemption,
    Floor,
    Grants,
    Policy,
    Require,
    ReviewNeed,
    Rule,
    SessionCondition,
    Tier,
)
from redaction.errors import ConfigRefused
from redaction.yaml_border import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redaction.yaml_border import Node

VERSION: Final = 1
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_policy(raw: bytes, name: str, *, below: str = "") -> Policy:
    """Give the policy that a file holds; `name` says where it was read, for messages and results.

    Raises:
        InvalidInput: `policy.malformed`, with file and line: nothing may be decided under it.
    """
    try:
        root = read_yaml(raw, name)
    except ConfigRefused as err:
        raise InvalidInput("policy.malformed", err.why, where=err.field) from err
    return _Reader(root, name).policy(hashlib.sha256(raw).hexdigest(), below)


class _Reader:
    """One file on its way to a policy: the plain values, and the line of each."""

    def __init__(self, root: Node, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}
        self.plain = self._plain(root, "")
        try:
            POLICY.check(self.plain, "")
        except InvalidInput as err:
            self.refuse(err.where, f"expected {err.expected}")
        if not isinstance(self.plain, dict):  # the shape says so
            self.refuse("", "expected a mapping")
        self.top: dict[str, object] = self.plain

    def refuse(self, pointer: str, why: str) -> NoReturn:
        """Raise with the line of what stands at the pointer, or of the nearest thing around it."""
        at = pointer.rstrip("/")
        while at not in self.lines and at:
            at = at.rpartition("/")[0]
        where = f"{self.name} line {self.lines.get(at, 1)} ({pointer or '/'})"
        raise InvalidInput("policy.malformed", why, where=where)

    def _plain(self, node: Node, pointer: str) -> object:
        self.lines[pointer] = node.line
        if isinstance(node.value, dict):
            return {key: self._plain(item, f"{pointer}/{key}") for key, item in node.value.items()}
        if isinstance(node.value, tuple):
            return [self._plain(item, f"{pointer}/{at}") for at, item in enumerate(node.value)]
        return node.value

    def policy(self, sha256: str, below: str) -> Policy:
        top = self.top
        if top["version"] != VERSION:
            self.refuse("/version", f"expected {VERSION}, the one version this program reads")
        defaults = _object(top["defaults"])
        tiers = self._tiers(_text(defaults.get("unattributed")) or "report")
        names = [tier.id for tier in tiers]
        self._known(_text(defaults["tier"]), names, "/defaults/tier")
        labels = tuple((_text(one["id"]), _texts(one, "paths")) for one in _objects(top.get("labels")))
        rules = self._rules(names, [name for name, _ in labels])
        exemptions = self._exemptions(names, [rule.id for rule in rules])
        signers = tuple(_signer(one) for one in _objects(top.get("identities")))
        return Policy(
            name=f"{self.name}@sha256:{sha256[:16]}",
            sha256=sha256,
            mode=_text(top["mode"]),
            tiers=tiers,
            default_tier=_text(defaults["tier"]),
            rules=rules,
            exemptions=exemptions,
            labels=labels,
            links=_texts(top, "links") if "links" in top else DEFAULT_LINKS,
            identities=signers,
            agents=tuple(_agent(one) for one in _objects(top.get("agents"))),
            start=_text(top["start"]) if "start" in top else None,
            max_age_s=_seconds(_text(top["max_age"])) if "max_age" in top else None,
            extends=_floor(_object(top["extends"])) if "extends" in top else None,
            grants=_grants(_object(top["exceptions_by"])) if "exceptions_by" in top else None,
            builders=tuple(_builder(one) for one in _objects(top.get("builders"))),
            below=below,
        )

    def _tiers(self, unattributed: str) -> tuple[Tier, ...]:
        made: list[Tier] = []
        for at, row in enumerate(_objects(self.top["tiers"])):
            parents: tuple[Require, ...] = ()
            self._new(_text(row["id"]), [tier.id for tier in made], f"/tiers/{at}/id")
            if "inherits" in row:
                self._known(_text(row["inherits"]), [tier.id for tier in made], f"/tiers/{at}/inherits")
                parents = next(tier.requires for tier in made if tier.id == row["inherits"])
            need = _require(_object(row["require"]))
            own = _text(row.get("unattributed")) or unattributed
            made.append(Tier(id=_text(row["id"]), unattributed=own, requires=(*parents, need)))
        if not made:
            self.refuse("/tiers", "expected at least one tier")
        return tuple(made)

    def _rules(self, tiers: list[str], labels: list[str]) -> tuple[Rule, ...]:
        made: list[Rule] = []
        for at, row in enumerate(_objects(self.top.get("rules"))):
            self._new(_text(row["id"]), [rule.id for rule in made], f"/rules/{at}/id")
            self._known(_text(row["tier"]), tiers, f"/rules/{at}/tier")
            when = _object(row["when"])
            if not any(when.values()):
                self.refuse(f"/rules/{at}/when", "expected at least one condition")
            for number, label in enumerate(_texts(when, "labels")):
                self._known(label, labels, f"/rules/{at}/when/labels/{number}")
            made.append(
                Rule(
                    id=_text(row["id"]),
                    tier=_text(row["tier"]),
                    when=_condition(when),
                    mode=_text(row.get("mode")) or _text(self.top["mode"]),
                    controls=_texts(row, "controls"),
                )
            )
        return tuple(made)

    def _exemptions(self, tiers: list[str], rules: list[str]) -> tuple[Exemption, ...]:
        made = []
        for at, row in enumerate(_objects(self.top.get("exceptions"))):
            self._known(_text(row["rule"]), rules, f"/exceptions/{at}/rule")
            self._known(_text(row["tier"]), tiers, f"/exceptions/{at}/tier")
            try:
                expires = date.fromisoformat(_text(row["expires"]))
            except ValueError:
                self.refuse(f"/exceptions/{at}/expires", "expected a day of the calendar")
            texts = {name: _text(row[name]) for name in ("id", "rule", "tier", "reason", "approved_by")}
            made.append(Exemption(**texts, paths=_texts(row, "paths"), expires=expires))
        return tuple(made)

    def _known(self, name: str, names: Sequence[str], pointer: str) -> None:
        if name not in names:
            self.refuse(pointer, f"expected one of {', '.join(names) or 'none'}, defined above it")

    def _new(self, name: str, names: Sequence[str], pointer: str) -> None:
        if name in names:
            self.refuse(pointer, "expected a name that stands once")


def _require(row: dict[str, object]) -> Require:
    verification, agent = _object(row.get("verification")), _object(row.get("agent"))
    capture, review = _object(row.get("capture")), _object(row.get("review"))
    return Require(
        session=_text(row.get("session")) or "none",
        plan="plan" in row,
        ran=_texts(verification, "ran"),
        observed=_texts(verification, "observed"),
        passed=_texts(verification, "passed"),
        deny_access=_texts(_object(row.get("access")), "deny"),
        deny_modes=_texts(agent, "deny_permission_modes"),
        models=_texts(agent, "models"),
        names=_texts(agent, "names"),
        sources=_texts(capture, "source"),
        deny_gaps=_texts(capture, "deny_gaps"),
        review=_review(review) if "review" in row else None,
        witness=witness if isinstance(witness := row.get("witness"), int) else 0,
    )


def _review(row: dict[str, object]) -> ReviewNeed:
    humans = row["humans"]
    return ReviewNeed(
        humans=humans if isinstance(humans, int) else 0,
        apart_from=_texts(row, "not"),
        by=tuple(_signer(one) for one in _objects(row.get("by"))),
        process_first="process_before_code" in row,
        on_head="on_head" in row,
        carry="carry" in row,
    )


def _grants(row: dict[str, object]) -> Grants:
    humans = row["humans"]
    people = tuple(_signer(one) for one in _objects(row["by"]))
    return Grants(humans=humans if isinstance(humans, int) else 0, by=people)


def _condition(row: dict[str, object]) -> Condition:
    session = _object(row.get("session"))
    return Condition(
        paths=_texts(row, "paths"),
        paths_only=_texts(row, "paths_only"),
        kinds=_texts(row, "kinds"),
        labels=_texts(row, "labels"),
        session=SessionCondition(**{name: _texts(session, name) for name in session}) if session else None,
    )


def _agent(row: dict[str, object]) -> Agent:
    person = _signer(_object(row["delegated_by"])) if "delegated_by" in row else None
    return Agent(signer=_signer(row), delegated_by=person)


def _builder(row: dict[str, object]) -> Builder:
    return Builder(signer=_signer(row), id=_text(row["id"]) if "id" in row else None)


def _signer(row: dict[str, object]) -> Signer:
    return Signer(_text(row["issuer"]), _text(row["identity"]))


def _floor(row: dict[str, object]) -> Floor:
    return Floor(uri=_text(row["uri"]), sha256=_text(row["sha256"]))


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> tuple[dict[str, object], ...]:
    return tuple(_object(one) for one in value) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(row: dict[str, object], name: str) -> tuple[str, ...]:
    value = row.get(name)
    return tuple(_text(one) for one in value) if isinstance(value, list) else ()
