"""Profiles: what is looked for, as one word.

`code`    secrets, identities, contact data; names in prose where the model and the words around them agree. The default.
`strict`  as `code`, and the model's word alone is enough for a name; nothing may be left out or let through by a setting,
          and a record over the size limit ends the redaction instead of being dropped.
`phi`     as `strict`, and dates, places, ages over 89, record, plan, account and device numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redaction.phi_rules import PHI_LABELS, PHI_RULES
from redaction.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a profile sets; see the module."""

    name: str
    names_by_model: bool = False
    binding: bool = False
    """Whether settings that leave something out are refused."""
    rules: tuple[Rule, ...] = ()
    ner_labels: tuple[tuple[str, str], ...] = ()


CODE: Final = Profile(name="code")
STRICT: Final = Profile(name="strict", names_by_model=True, binding=True)
PHI: Final = Profile(name="phi", names_by_model=True, binding=True, rules=PHI_RULES, ner_labels=PHI_LABELS)
PROFILES: Final[dict[str, Profile]] = {profile.name: profile for profile in (CODE, STRICT, PHI)}
"""By name."""
