"""Recall of planted values: provider grammars and identities, in every form and host, by a seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle

import pytest

from redaction.own_rules import own_rules
from redaction.provider_rules import load_catalogue, provider_rules
from redaction.redactor import Redactor
from tests.support.plants.forms import FORMS, HOSTS, STRICT
from tests.support.plants.recall import Recall, measure
from tests.support.plants.values import IDENTITIES, armoured, identity_plant, provider_plant

SEED = "quillbox"
SPLIT = frozenset({"split-newline", "split-indented", "split-quoted", "quoted-printable"})
"""Forms in which a token is cut in two."""
SHAPELESS = re.compile(
    r"(?:asana|discord)-client-id|curl-auth|gcp-|hashicorp-tf-password|nuget-config|kubernetes-secret|sidekiq|slack-legacy|etsy"
    r"|generic-credential-uri|connection-string|bitwarden|bitbucketcredentials|codecommitcredentials|facebook-access|private-key"
)
"""Grammars whose text is told by the words, lines or address around the value alone: cut in two they have no shape."""
RARE_HOSTS = ("bare", "prose", "env-dump", "json-config", "ci-log")


@pytest.fixture(scope="module")
def tokens(redactor: Redactor) -> Recall:
    """Give the recall of provider tokens: every eighth grammar in every form, the hosts in turn."""
    rules = provider_rules(load_catalogue(redactor.config.cache_dir))
    hosts = cycle(HOSTS)
    plants = [
        (item, form, next(hosts))
        for form in FORMS
        for rule in rules[:: 4 if form in SPLIT else 16]
        if not (form in SPLIT and SHAPELESS.search(rule.name))
        if (item := provider_plant(rule, f"{SEED}/{form}")) is not None
    ]
    return measure(redactor, plants, SEED)


@pytest.mark.parametrize("form", FORMS)
def test_planted_provider_token_is_found_in_every_form(tokens: Recall, form: str) -> None:
    found, planted = tokens.by(1)[form]
    least = 0.995 if form in STRICT else 0.96
    assert planted >= 20
    assert found >= least * planted, [cell for cell in tokens.missed() if cell[1] == form]


@pytest.mark.parametrize("form", ["plain", "json", "json-nested", "url", "numbered-arrow", "diff"])
def test_planted_key_in_armour_is_found_whole_and_cut(redactor: Redactor, form: str) -> None:
    plants = [
        (armoured(kind, f"{SEED}/{form}/{host}", cut=cut), form, host)
        for kind in ("RSA", "EC", "OPENSSH", "PGP", "")
        for cut in (False, True)
        for host in RARE_HOSTS
    ]
    assert len(measure(redactor, plants, SEED).missed()) <= len(plants) // 50


@pytest.mark.parametrize("form", ["plain", "json", "numbered-arrow"])
def test_planted_identity_is_found(redactor: Redactor, form: str) -> None:
    plants = [(identity_plant(kind, f"{SEED}/{form}/{host}"), form, host) for kind in IDENTITIES for host in RARE_HOSTS]
    recall = measure(redactor, plants, SEED)
    found, planted = map(sum, zip(*recall.by(0).values(), strict=True))
    assert found >= 0.97 * planted, recall.missed()


FINDERS = {rule.name: rule.finder for rule in own_rules() if rule.finder is not None}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", FINDERS)
@pytest.mark.parametrize(
    "piece",
    ["-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", '"kty":', "data:\n", "Private-Lines: 9\n",
     "MIIEpAIBAAKCAQEA", "Ab1" * 8 + "\n", "\\n", "{"],
)  # fmt: skip
def test_finder_ends_on_what_is_worst_for_it(name: str, piece: str) -> None:
    finder: Callable[[str], object] = FINDERS[name]
    spans = list(finder(piece * (200_000 // len(piece))))  # type: ignore[call-overload]
    assert all(0 <= start < end <= 200_000 for start, end in spans)
