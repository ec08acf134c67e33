"""What a session reached."""

from __future__ import annotations

import pytest

from attest.model.access import AccessKind as K
from attest.model.basis import Basis
from tests.support.claude import Transcript


@pytest.mark.parametrize(
    "command, reached",
    [
        ("cat a.txt b.txt", {(K.FILE_READ, "a.txt"), (K.FILE_READ, "b.txt")}),
        ("grep -n word go.mod | head -5", {(K.FILE_READ, "go.mod")}),
        ("grep -rn word src", {(K.SEARCH, "src")}),
        ("sed -i s/a/b/ x.py", {(K.FILE_WRITTEN, "x.py")}),
        ("echo hi > out.txt", {(K.FILE_WRITTEN, "out.txt")}),
        ("ls 2>/dev/null", set()),
        ("rm -rf build", {(K.FILE_DELETED, "build")}),
        ("mv a b", {(K.FILE_RENAMED, "a"), (K.FILE_RENAMED, "b")}),
        (
            "curl -s https://api.example.test/v1",
            {(K.URL, "https://api.example.test/v1"), (K.NETWORK, "api.example.test")},
        ),
        ("git push origin main", {(K.NETWORK, "(git)")}),
        ("cat .env", {(K.FILE_READ, ".env"), (K.SECRET, ".env")}),
        ("cat .env.example", {(K.FILE_READ, ".env.example")}),
        ("gh auth token", {(K.NETWORK, "github.com"), (K.SECRET, "gh auth token")}),
        ("deploy --key $DEPLOY_TOKEN", {(K.SECRET, "$DEPLOY_TOKEN")}),
        ("printenv HOME", {(K.ENV, "HOME")}),
        ("echo 'cat .env'", set()),
    ],
)
def test_commands_show_what_they_reach_as_inferred(command: str, reached: set[tuple[K, str]]) -> None:
    access = Transcript().prompt("Go").shell(command).session().access
    assert {(one.kind, one.target) for one in access} == reached
    assert {one.basis for one in access} <= {Basis.INFERRED}


def test_tools_show_what_they_reached_as_observed_and_whether_outside() -> None:
    log = Transcript(cwd="/home/ada/pond").prompt("Go")
    log.call("Read", file_path="/home/ada/pond/a.py").result("x").call("Read", file_path="/etc/passwd").result("x")
    log.call("mcp__frogs__list").result("x").call("WebFetch", url="https://example.test/a").result("x")
    log.call("Read", file_path="/home/ada/pond/gone.py").result(
        "<tool_use_error>File does not exist.</tool_use_error>", error=True
    )
    found = {(one.kind, one.target, one.outside_worktree, one.basis) for one in log.session().access}
    assert found == {
        (K.FILE_READ, "/home/ada/pond/a.py", False, Basis.OBSERVED),
        (K.FILE_READ, "/etc/passwd", True, Basis.OBSERVED),
        (K.MCP, "frogs/list", None, Basis.OBSERVED),
        (K.URL, "https://example.test/a", None, Basis.OBSERVED),
        (K.NETWORK, "example.test", None, Basis.OBSERVED),
    }


def test_a_redacted_home_leaves_inside_known_and_the_rest_unknown() -> None:
    log = Transcript(cwd="[REDACTED:HOME_PATH:abcd]/pond").prompt("Go")
    log.call("Read", file_path="[REDACTED:HOME_PATH:abcd]/pond/a.py").result("x")
    log.call("Read", file_path="/srv/other.py").result("x")
    assert [one.outside_worktree for one in log.session().access] == [False, None]
