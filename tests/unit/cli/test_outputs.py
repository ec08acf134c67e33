"""Promise: every form of a verdict is what its readers expect, names a fix per failing commit, and steers nobody."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout

import pytest
from jsonschema import Draft4Validator
from junitparser import Failure, TestSuite  # type: ignore[attr-defined]

from attest.cli.output import inert_line, json_text, print_error
from attest.cli.render_reports import junit, sarif
from attest.cli.render_verdict import commit_markdown, fixes, print_commit, print_range, range_markdown
from attest.errors import InvalidInput
from attest.model.range_verdict import RangeVerdict
from attest.model.verdict import CommitVerdict, Reason, Verdict
from tests.support.recording import ROOT

SCHEMA = ROOT / "tests/js/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
WORDS = "::error::x ##[add-mask]y ##vso[z] ##teamcity[w] <b>|`@ada` ]]> &amp; \x00\x0b\x1b[31m\u202e\ufffe\ud800"


def judged(verdict: Verdict, number: int, *, fix: str = "", words: str = WORDS) -> CommitVerdict:
    reason = Reason(
        number=1, policy="p", rule=words, tier="t", check="review.humans", verdict=verdict, against=words, detail=words,
        fix=fix,
    )  # fmt: skip
    return CommitVerdict(
        oid=f"{number:040x}", verdict=verdict, reason=words, policy=words, policy_base=words, mode="enforce",
        evidence=(), steps=(), state="unmarked", reasons=(reason,) if fix else (),
    )  # fmt: skip


def all_verdicts(words: str = WORDS) -> tuple[CommitVerdict, ...]:
    plain = [judged(one, number, words=words) for number, one in enumerate(Verdict)]
    return (*plain, judged(Verdict.POLICY, 9, fix=f"whereof review 9 {words}", words=words))


def whole() -> RangeVerdict:
    return RangeVerdict(
        base="a" * 40, tip="b" * 40, policy=WORDS, policy_base=WORDS, mode="enforce", commits=all_verdicts(), marks={}
    )


def printed(run: Callable[[], None]) -> str:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
        run()
    return out.getvalue()


def forms() -> dict[str, str]:
    return {
        "range": printed(lambda: print_range(whole())),
        "commit": printed(lambda: [print_commit(one, verbose=True) for one in all_verdicts()] and None),
        "range markdown": range_markdown(whole()),
        "commit markdown": "".join(commit_markdown(one) for one in all_verdicts()),
        "sarif": json_text(sarif(all_verdicts(), stopped=WORDS)),
        "junit": junit(all_verdicts(), stopped=WORDS),
        "error": printed(lambda: print_error(InvalidInput("input.usage", WORDS, got=WORDS), as_json=False)),
        "error as json": printed(lambda: print_error(InvalidInput("input.usage", WORDS, got=WORDS), as_json=True)),
    }


@pytest.mark.parametrize("name", list(forms()))
def test_no_form_holds_a_command_for_a_build_server_or_a_terminal(name: str) -> None:
    text = forms()[name]
    assert "error" in text, "the words are there"
    for command in ("##[", "##vso[", "##teamcity["):
        assert command not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert not [char for char in text if char in "\x00\x0b\x1b\u202e\ufffe\ud800"]


def test_line_that_is_a_command_is_shown_with_one_character_named() -> None:
    assert inert_line("  ::error::x") == "  <U+003A>:error::x"
    assert inert_line("a ###[x] ##y[z] ## [") == "a ##<U+0023>[x] #<U+0023>y[z] ## ["
    assert json.loads(json_text({"a": "##[x]"})) == {"a": "##[x]"}


def test_every_failing_commit_has_a_fix_in_every_form() -> None:
    for one in all_verdicts("x"):
        assert bool(fixes(one)) == (one.verdict is not Verdict.PASS)
    failing = [one for one in all_verdicts("x") if one.verdict is not Verdict.PASS]
    (suite,) = (TestSuite.fromstring(junit(failing)),)
    for one, case in zip(failing, suite, strict=True):
        (fix, *_) = fixes(one)
        assert fix in case.result[0].text
        (result,) = sarif([one])["runs"][0]["results"]  # type: ignore[index]
        assert fix in result["message"]["text"]
        assert f"fix: {fix}" in printed(lambda one=one: print_commit(one, verbose=False))


def test_junit_is_read_as_it_is_meant_by_an_independent_reader() -> None:
    suite = TestSuite.fromstring(junit(all_verdicts(), stopped="clone is shallow"))
    assert (suite.tests, suite.failures) == (7, 6)
    kinds = [[type(result) for result in case.result] for case in suite]
    assert kinds == [[], *[[Failure]] * 6]
    assert TestSuite.fromstring(junit(())).tests == 0


def test_sarif_fits_the_schema_of_its_version(require: Callable[..., None]) -> None:
    require("sigstore-js", SCHEMA.is_file())
    check = Draft4Validator(json.loads(SCHEMA.read_text()))
    for document in (sarif(()), sarif(all_verdicts(), stopped=WORDS)):
        assert list(check.iter_errors(json.loads(json_text(document)))) == []
    assert list(check.iter_errors({"version": "2.1.0", "runs": [{}]})), "the schema refuses something"
