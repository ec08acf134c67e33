"""What a tenant sets about redaction, read from YAML with a strict schema; what it does not know it refuses.

profile: code              # code | strict | phi
ner: small                 # off | small | {model: FOLDER, sha256: HEX}
disabled: [phone]          # names of rules or groups
organisation:              # always replaced, as whole words in any letter case
names: [...]             # of persons; also users, emails, hosts
recognizers: [...]         # Presidio's YAML: see `redaction.user_rules`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from redaction.config import Config, Identities
from redaction.errors import ConfigRefused
from redaction.ner_model import OFF, SMALL, NerSetting
from redaction.profiles import CODE, PROFILES, Profile
from redaction.user_rules import UserRules, user_rules
from redaction.yaml_border import Node, read_yaml

MAX_IDENTITIES: Final = 20_000
MAX_DISABLED: Final = 100
_KEYS: Final = frozenset({"profile", "ner", "disabled", "organisation", "recognizers"})
_PEOPLE: Final = frozenset({"names", "users", "emails", "hosts"})
_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """What a file says; without one, the profile `code` with the small model."""

    profile: Profile = CODE
    ner: NerSetting = field(default_factory=lambda: NerSetting(model=SMALL))
    disabled: frozenset[str] = frozenset()
    organisation: Identities = field(default_factory=Identities, repr=False)
    user: UserRules = field(default_factory=UserRules, repr=False)

    def with_profile(self, name: str) -> TenantSettings:
        """Give these settings under another profile.

        Raises:
            ConfigRefused: there is no such profile, or it does not go with the other settings.
        """
        if name not in PROFILES:
            raise ConfigRefused("profile", f"there is none of this name; known are {', '.join(PROFILES)}")
        return _checked(replace(self, profile=PROFILES[name]), "profile")

    def applied(self, config: Config) -> Config:
        """Give a configuration with what these settings say put in."""
        people = self.organisation.entries()
        return replace(
            config,
            profile=self.profile.name,
            ner=self.ner,
            names_by_model=self.profile.names_by_model,
            ner_labels=self.profile.ner_labels if self.ner.model != OFF else (),
            disabled=config.disabled | self.disabled,
            rules=(*config.rules, *self.profile.rules, *self.user.rules),
            denied=tuple(sorted({*config.denied, *people, *self.user.denied})),
            refuse_dropped=self.profile.binding,
        )


def read_settings_file(raw: bytes, file: str) -> TenantSettings:
    """Give the settings of a file; `file` is the name that messages call it by.

    Raises:
        ConfigRefused: anything unknown, of the wrong kind, or that cannot be carried out as written; names file and line.
    """
    root = read_yaml(raw, file)
    members = root.mapping(_KEYS)
    settings = TenantSettings(
        profile=_profile(members["profile"]) if "profile" in members else CODE,
        ner=_ner(members["ner"]) if "ner" in members else NerSetting(model=SMALL),
        disabled=frozenset(members["disabled"].texts(MAX_DISABLED)) if "disabled" in members else frozenset(),
        organisation=_organisation(members["organisation"]) if "organisation" in members else Identities(),
        user=user_rules(members["recognizers"]) if "recognizers" in members else UserRules(),
    )
    return _checked(settings, file)


def _checked(settings: TenantSettings, place: str) -> TenantSettings:
    if settings.profile.binding and settings.disabled:
        raise ConfigRefused(place, f"the profile {settings.profile.name} leaves no recogniser out")
    if settings.profile.binding and settings.ner.model == OFF:
        raise ConfigRefused(place, f"the profile {settings.profile.name} needs a language model")
    return settings


def _profile(node: Node) -> Profile:
    name = node.text()
    if name not in PROFILES:
        node.refuse(f"there is no such profile; known are {', '.join(PROFILES)}")
    return PROFILES[name]


def _ner(node: Node) -> NerSetting:
    if isinstance(node.value, dict):
        members = node.mapping(frozenset({"model", "sha256"}))
        if set(members) != {"model", "sha256"} or not _HEX.fullmatch(members["sha256"].text()):
            node.refuse("a folder of a model needs `model` and its `sha256` (64 hexadecimal digits)")
        if members["model"].text() in {OFF, SMALL} or not members["model"].text().startswith("/"):
            members["model"].refuse("expected the absolute path of a folder")
        return NerSetting(model=members["model"].text(), sha256=members["sha256"].text())
    if node.value not in {OFF, SMALL}:
        node.refuse("expected off, small, or a mapping with the folder of a model and its sha256")
    return NerSetting(model=node.text())


def _organisation(node: Node) -> Identities:
    lists = {key: member.texts(MAX_IDENTITIES) for key, member in node.mapping(_PEOPLE).items()}
    return Identities(**lists)
