"""The file of issuers is read strictly, and their keys are fetched within bounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey

from attest.errors import CannotVerify
from attest.signing.embedded import issuer_keys
from attest.signing.embedded.id_token import read_keys
from attest.signing.embedded.issuer_keys import IssuerKeys, fetch_bounded, load_issuers
from attest.signing.embedded.issuers import Issuer, parse_issuers, workload_name
from tests.support.identities import Answers, TestIssuer, answering

PEOPLE = {"issuer": "https://idp.example.test", "names": "people", "require": {}}
WORKLOADS = {
    "issuer": "https://ci.example.test",
    "names": "workloads",
    "require": {"owner": ["acme"]},
    "identity": "https://ci.example.test/{repository}",
}


def parse(*issuers: object) -> tuple[Issuer, ...]:
    return parse_issuers(json.dumps({"issuers": issuers}).encode())


def test_well_formed_issuers_are_read() -> None:
    people, workloads = parse(PEOPLE, WORKLOADS | {"reuse": True, "jwks": "ci.json"})
    assert (people.names, people.jwks, people.reuse) == ("people", None, False)
    assert (workloads.require, workloads.jwks, workloads.reuse) == ((("owner", ("acme",)),), "ci.json", True)


@pytest.mark.parametrize(
    "wrong",
    [
        PEOPLE | {"issuer": "http://idp.example.test"},
        PEOPLE | {"issuer": "https://user@idp.example.test"},
        PEOPLE | {"issuer": "https://idp.example.test/?a=b"},
        PEOPLE | {"issuer": "file:///etc/passwd"},
        PEOPLE | {"names": "everybody"},
        PEOPLE | {"identity": "https://x/{sub}"},
        {"issuer": "https://idp.example.test", "names": "people"},
        PEOPLE | {"require": {"groups": []}},
        PEOPLE | {"require": {"groups": "staff"}},
        PEOPLE | {"require": {"a b": ["x"]}},
        PEOPLE | {"jwks": "../keys.json"},
        PEOPLE | {"jwks": "/etc/keys.json"},
        PEOPLE | {"reuse": "yes"},
        PEOPLE | {"audience": "cloud"},
        {name: value for name, value in WORKLOADS.items() if name != "identity"},
        WORKLOADS | {"identity": "https://{host}/x"},
        WORKLOADS | {"identity": "https://ci{host}/x"},
        WORKLOADS | {"identity": "https://ci.example.test/x"},
        WORKLOADS | {"identity": "ftp://ci.example.test/{repository}"},
        WORKLOADS | {"identity": "https://ci.example.test/{a{b}}"},
    ],
)
def test_issuer_that_is_not_wholly_understood_stops_the_service(wrong: dict) -> None:
    with pytest.raises(CannotVerify) as raised:
        parse(wrong)
    assert raised.value.code == "identity.issuers"


def test_issuer_twice_is_refused_and_no_file_is_no_issuer(tmp_path: Path) -> None:
    with pytest.raises(CannotVerify):
        parse(PEOPLE, PEOPLE)
    assert load_issuers(tmp_path) == ()
    (tmp_path / "oidc-issuers.json").write_text("{")
    with pytest.raises(CannotVerify):
        load_issuers(tmp_path)


def test_certified_name_stays_inside_the_place_its_template_gives() -> None:
    template = "https://ci.example.test/{repository}@{ref}"
    assert workload_name(template, {"repository": "a/b", "ref": "r"}) == "https://ci.example.test/a/b@r"
    for bad in ("../x", "a/./b", "a b", "a\nb", "é", "a?b", "a#b", "", None, 7):
        assert workload_name(template, {"repository": bad, "ref": "r"}) is None
    assert workload_name(template, {"repository": "x" * 600, "ref": "r"}) is None


def jwks(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_key_sets_give_public_signing_keys_of_accepted_kinds_alone() -> None:
    good = ECKey.generate_key("P-256", {"kid": "a"}).as_dict(private=False)
    shared = OctKey.generate_key(256, {"kid": "b"}).as_dict(private=True)
    short = {"kty": "RSA", "kid": "c", "e": "AQAB", "n": "x" * 171}
    other_use = {**good, "kid": "d", "use": "enc"}
    assert [key.kid for key in read_keys(jwks(shared, short, other_use, good), 10_000)] == ["a"]
    private = ECKey.generate_key("P-256", {"kid": "e"}).as_dict(private=True)
    for wrong in (jwks(private), jwks(shared), jwks(), b"[]", jwks({"kty": "EC"}), jwks(good) * 2):
        with pytest.raises(CannotVerify):
            read_keys(wrong, 10_000)


class Fetches:
    """Answers from a table, and counts."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        if address not in self.answers:
            raise CannotVerify("identity.keys", where=address)
        return self.answers[address]


def discovery(issuer: str, keys: str) -> dict[str, bytes]:
    document = json.dumps({"issuer": issuer, "jwks_uri": keys}).encode()
    return {f"{PEOPLE['issuer']}/.well-known/openid-configuration": document}


def test_keys_are_kept_and_an_unknown_key_id_asks_again_at_most_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(issuer_keys, "monotonic_s", lambda: now)
    (issuer,) = parse(PEOPLE)
    address = "https://keys.example.test/jwks"
    fetches = Fetches({**discovery(issuer.name, address), address: TestIssuer("").jwks})
    keys = IssuerKeys(tmp_path, fetches)
    for _ in range(3):
        assert [key.kid for key in keys(issuer, "first")] == ["first"]
    keys(issuer, "second")
    assert len(fetches.asked) == 2
    now += issuer_keys.AGAIN_S + 1
    keys(issuer, "second")
    assert len(fetches.asked) == 4
    now += issuer_keys.KEEP_S + 1
    keys(issuer, "first")
    assert len(fetches.asked) == 6


@pytest.mark.parametrize(
    "answers",
    [
        {},
        discovery("https://other.example.test", "https://keys.example.test/jwks"),
        discovery("https://idp.example.test", "http://127.0.0.1/jwks"),
        discovery("https://idp.example.test", "file:///etc/passwd"),
        discovery("https://idp.example.test", "https://keys.example.test/jwks"),
    ],
)
def test_issuer_whose_keys_cannot_be_had_is_asked_once_and_nothing_is_believed(
    tmp_path: Path, answers: dict[str, bytes]
) -> None:
    (issuer,) = parse(PEOPLE)
    fetches = Fetches(answers)
    keys = IssuerKeys(tmp_path, fetches)
    for _ in range(2):
        with pytest.raises(CannotVerify) as raised:
            keys(issuer, "first")
        assert raised.value.code == "identity.keys"
    assert len(fetches.asked) <= 2


def test_pinned_keys_are_read_from_the_file_alone(tmp_path: Path) -> None:
    (issuer,) = parse(PEOPLE | {"jwks": "idp.json"})
    keys = IssuerKeys(tmp_path, Fetches({}))
    with pytest.raises(CannotVerify):
        keys(issuer, None)
    (tmp_path / "idp.json").write_bytes(TestIssuer("").jwks)
    assert [key.kid for key in keys(issuer, None)] == ["first"]


@pytest.mark.loopback
def test_fetching_follows_no_redirect_and_takes_no_endless_answer() -> None:
    def answers(address: str) -> Answers:
        return {
            "/good": (200, b"{}", ""),
            "/away": (302, b"", f"{address}/good"),
            "/long": (200, b"x" * (issuer_keys.MAX_ANSWER_BYTES + 1), ""),
        }

    with answering(answers) as address:
        assert fetch_bounded(f"{address}/good") == b"{}"
        for path in ("/away", "/long", "/missing"):
            with pytest.raises(CannotVerify):
                fetch_bounded(address + path)
    with pytest.raises(CannotVerify):
        fetch_bounded(f"{address}/good")
