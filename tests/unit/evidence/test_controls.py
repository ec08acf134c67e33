from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from attest.errors import InvalidInput
from attest.evidence.controls.forms import written
from attest.evidence.controls.pack import load_pack, packs, parse_pack
from attest.evidence.controls.queries import QUERIES, ask
from attest.evidence.report.oscal import oscal_of
from tests.support.report_facts import hostile, sample

GOOD = b"""id = "own"
title = "T"
source = "S"
note = "N"
[[control]]
id = "C1"
title = "T"
asks = "A"
queries = ["policy-met"]
evidence = "E"
not_shown = "what it does not show"
"""


def test_the_packs_that_are_promised_are_there_and_keep_the_schema() -> None:
    assert packs() == ("cfr21-11", "dora", "eu-ai-act", "hipaa", "iso27001", "pci-dss", "soc2", "ssdf")
    for name in packs():
        pack = load_pack(name)
        assert pack.id == name
        assert all(one.not_shown and one.queries for one in pack.controls)
    ids = {one.id for name in packs() for one in load_pack(name).controls}
    assert {"CC8.1", "A.8.32", "PCI-6.5.1", "PCI-10.2.1", "HIPAA-164.312-b", "Art-12", "Art-19"} <= ids


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"policy-met"', b'"drop-table"', "queries"),
        (b'asks = "A"', b'asks = "The change is compliant"', "asks"),
        (b'evidence = "E"', b'evidence = ""', "evidence"),
        (b'not_shown = "what it does not show"', b'extra = "x"', "control/0"),
        (b'id = "C1"', b'id = "../C1"', "id"),
        (b'note = "N"', b"note = 1", "note"),
        (b'title = "T"\nsource', b'title = "T"\nnovel = 1\nsource', "/"),
    ],
)
def test_a_pack_that_is_not_of_the_schema_is_refused_where_it_is_wrong(old: bytes, new: bytes, where: str) -> None:
    assert parse_pack(GOOD).controls[0].id == "C1"
    with pytest.raises(InvalidInput) as caught:
        parse_pack(GOOD.replace(old, new, 1))
    assert where in caught.value.where


def test_a_pack_is_bounded_and_each_control_is_there_once() -> None:
    for bad in (b"#" * 300_000, b"\xff", b"id = ", GOOD + GOOD[GOOD.index(b"[[") :]):
        with pytest.raises(InvalidInput):
            parse_pack(bad)


def test_a_pack_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        load_pack("../soc2")
    assert "soc2" in caught.value.expected


def test_questions_tell_exceptions_from_what_is_not_known() -> None:
    facts = sample()
    met = ask("policy-met", facts)
    assert met.looked_at == 60
    assert {hit.what for hit in met.exceptions} == {one.oid for one in facts.failing}
    origin = ask("origin-recorded", facts)
    assert {hit.why for hit in origin.exceptions} == {"state marked"}
    assert {hit.why for hit in origin.not_known} == {"state unmarked"}
    landed = ask("landed-on-a-pass", facts)
    stood = [one.landing for one in facts.changes if one.landing and one.landing.outcome != "not-landed"]
    assert landed.looked_at == len(stood)
    assert len(landed.exceptions) + len(landed.not_known) == sum(not one.stood for one in stood)
    assert {hit.what for hit in landed.not_known} == {
        one.oid
        for one in facts.changes
        if one.landing and one.landing.outcome == "not-known" and one.landing.enforced == "yes"
    }
    unasked = replace(facts, changes=tuple(replace(one, landing=None) for one in facts.changes))
    assert "no log was asked" in ask("landed-on-a-pass", unasked).says
    review = ask("independent-review", facts)
    assert len(review.exceptions) + len(review.not_known) + 10 == 60
    assert ask("capture-gaps", replace(facts, gaps=None)).open
    assert ask("list-complete", facts).open
    assert not ask("list-complete", replace(facts, list_proved=True)).open


def test_every_question_can_be_asked_of_an_empty_range() -> None:
    for name in QUERIES:
        assert ask(name, replace(sample(0), gaps=())).exceptions == ()


@pytest.mark.parametrize("pack", packs())
def test_oscal_holds_against_the_schema_of_compliance_trestle(pack: str, require: Callable[..., None]) -> None:
    require("compliance-trestle", importlib.util.find_spec("trestle") is not None)
    from trestle.oscal.assessment_results import AssessmentResults

    for facts in (sample(), sample(0), hostile(), replace(sample(3), head=None, gaps=None)):
        document = json.loads(written(facts, load_pack(pack), "oscal"))["assessment-results"]
        read = AssessmentResults.model_validate(document)
        result = read.results[0]
        assert len(result.findings or []) == len(load_pack(pack).controls)
        known = {one.uuid for one in result.observations or []}
        for finding in result.findings or []:
            assert {one.observation_uuid for one in finding.related_observations or []} <= known


def test_oscal_never_says_satisfied_and_each_observation_names_its_entry_or_the_head() -> None:
    facts = sample()
    (result,) = json.loads(oscal_of(facts, load_pack("soc2")))["assessment-results"]["results"]
    for finding in result["findings"]:
        status = finding["target"]["status"]
        assert (status["state"], status["reason"]) == ("not-satisfied", "fail")
    indices = {str(index) for one in facts.changes for index in one.log_indices} | {"20001"}
    indices |= {str(index) for one in facts.changes if one.landing for index, _ in one.landing.entries}
    for one in result["observations"]:
        for evidence in one["relevant-evidence"]:
            prop = evidence["props"][0]
            assert prop["name"] == "tree-size" or (prop["name"] == "log-index" and prop["value"] in indices)
    clean = replace(sample(1), changes=(), sessions=(), exceptions=(), gaps=(), list_proved=True)
    (result,) = json.loads(oscal_of(clean, load_pack("iso27001")))["assessment-results"]["results"]
    status = result["findings"][0]["target"]["status"]
    assert (status["state"], status["reason"]) == ("not-satisfied", "other")
    assert "decides nothing" in status["remarks"]


@pytest.mark.parametrize("pack", packs())
def test_a_control_report_says_what_it_does_not_show(pack: str) -> None:
    page = written(sample(), load_pack(pack), "html").decode()
    assert page.count("does not show") >= len(load_pack(pack).controls)
    assert written(sample(), load_pack(pack), "html") == written(sample(), load_pack(pack), "html")
