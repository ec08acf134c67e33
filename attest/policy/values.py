"""A policy as values: ordered tiers, rules that place a change in one, and what each tier asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from attest.policy.independence import Signer

DEFAULT_LINKS: Final = ("recorded", "asserted", "rewritten")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An identity that an agent signs with, and the person who answers for it; None: nobody does."""

    signer: Signer
    delegated_by: Signer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNeed:
    """How many people must have signed a review, and who none of them may be."""

    humans: int
    apart_from: tuple[str, ...]
    by: tuple[Signer, ...]
    """Who may review; empty: anyone who is no agent."""
    process_first: bool = False
    """The process must have been approved before the code, and the goal stated before the first edit."""
    on_head: bool = False
    """The review must have been signed when the newest commit of what is judged was the newest."""
    carry: bool = False
    """A review of a commit that this one is proved to be rewritten from counts, where the change is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Who may except a rule by signature, and how many of them it takes."""

    humans: int
    by: tuple[Signer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """What one tier asks for. An empty tuple asks for nothing."""

    session: str = "none"
    plan: bool = False
    ran: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    deny_access: tuple[str, ...] = ()
    deny_modes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    deny_gaps: tuple[str, ...] = ()
    review: ReviewNeed | None = None
    witness: int = 0
    """How many of the reader's own pinned witnesses must have cosigned a head over each counted entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One tier; its place in the policy's list is its height."""

    id: str
    unattributed: str
    """What a commit without a session needs: nothing (`report`), a signed declaration, or a session after all."""
    requires: tuple[Require, ...]
    """Its own and those of the tier it inherits from; all must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCondition:
    """What of a session's facts raises a tier; any one of them is enough."""

    touched: tuple[str, ...] = ()
    permission_mode: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a rule applies: all members that are set must hold."""

    paths: tuple[str, ...] = ()
    """Any changed path matches any of these."""
    paths_only: tuple[str, ...] = ()
    """Every changed path matches one of these and none that begins with `!`."""
    kinds: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    session: SessionCondition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Places a change in a tier."""

    id: str
    tier: str
    when: Condition
    mode: str
    controls: tuple[str, ...]
    """Controls of a framework that somebody says this rule serves; an opinion, shown and never judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Lets some paths of one rule fall to a lower tier until a day, that day included."""

    id: str
    rule: str
    paths: tuple[str, ...]
    tier: str
    reason: str
    approved_by: str
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Another policy that holds as well, by the digest of its bytes."""

    uri: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Whose build provenance is believed: the signer, and the builder's own id where it is named."""

    signer: Signer
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file."""

    name: str
    """Where it was read, with the digest of its bytes."""
    sha256: str
    mode: str
    tiers: tuple[Tier, ...]
    default_tier: str
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]
    labels: tuple[tuple[str, tuple[str, ...]], ...]
    links: tuple[str, ...]
    identities: tuple[Signer, ...]
    """Whose evidence counts; empty: anyone's under a pinned root."""
    agents: tuple[Agent, ...]
    start: str | None
    max_age_s: int | None
    """How old a complete answer may be; None: a day."""
    extends: Floor | None
    grants: Grants | None = None
    """None: no signed exception counts."""
    builders: tuple[Builder, ...] = ()
    """Whose build provenance leads from an artifact to a commit; empty: nobody's."""
    below: str = ""
    """The folder whose paths it speaks of, with its slash; empty for the whole repository."""

    def height(self, tier: str) -> int:
        """Give the place of a tier in the order, from zero."""
        return next(at for at, one in enumerate(self.tiers) if one.id == tier)

    @property
    def carries(self) -> bool:
        """Whether any tier lets a review be carried to a rewritten commit."""
        return any(need.review is not None and need.review.carry for tier in self.tiers for need in tier.requires)

    @property
    def asks_witnesses(self) -> bool:
        """Whether any tier asks for witnesses."""
        return any(need.witness for tier in self.tiers for need in tier.requires)

    @property
    def asks_for_all(self) -> bool:
        """Whether it has a rule that more evidence could fail: such a rule needs a complete answer."""
        needs = [need for tier in self.tiers for need in tier.requires]
        return any(rule.when.session is not None for rule in self.rules) or any(
            need.deny_access or need.deny_modes or need.models or need.names or need.deny_gaps or need.review
            for need in needs
        )

    def tier(self, name: str) -> Tier:
        """Give a tier by its name."""
        return self.tiers[self.height(name)]
