from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
import pytest_socket


def test_sockets_are_blocked_by_default():
    with pytest.raises(pytest_socket.SocketBlockedError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


@pytest.mark.loopback
def test_the_loopback_marker_reaches_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.loopback
def test_the_loopback_marker_reaches_no_other_machine():
    with socket.socket() as client, pytest.raises(pytest_socket.SocketConnectBlockedError):
        client.connect(("192.0.2.1", 9))


def test_git_in_a_test_has_only_the_test_identity(home: Path):
    shown = subprocess.run(
        ["git", "config", "--show-origin", "--list"], cwd=home, capture_output=True, text=True, check=False
    )
    assert shown.stdout == ""
    assert Path(os.environ["WHEREOF_HOME"]).is_relative_to(home)


def test_a_missing_tool_skips_unless_it_is_demanded(require, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WHEREOF_TEST_REQUIRE", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-tool"):
        require("no-such-tool")
    monkeypatch.setenv("WHEREOF_TEST_REQUIRE", "other,no-such-tool")
    with pytest.raises(pytest.fail.Exception, match="no-such-tool"):
        require("no-such-tool")
    require("git")
