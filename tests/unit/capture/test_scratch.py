"""A work tree may lie in a temporary folder: what is inside it is work, what is beside it is not."""

from __future__ import annotations

import pytest

from attest.capture.scratch import is_below, is_scratch
from attest.capture.shell import split_command
from attest.capture.tree_changes import changes_the_tree


@pytest.mark.parametrize(
    ("path", "worktree", "scratch"),
    [
        ("/tmp/notes.txt", "/home/ada/pond", True),
        ("/tmp/notes.txt", None, True),
        ("/tmp/pond/a.py", "/tmp/pond", False),
        ("/tmp/pond/a.py", "/tmp/pond/", False),
        ("/tmp/pond/../x", "/tmp/pond", True),
        ("/tmp/pondering/a.py", "/tmp/pond", True),
        ("/tmp/pond/a.py", "/", True),
        ("tmp/pond/a.py", "/home/ada", False),
        ("/home/ada/pond/tmp/a.py", "/home/ada/pond", False),
        ("/dev/null", "/tmp/pond", True),
    ],
)  # fmt: skip
def test_only_what_lies_outside_the_work_tree_is_scratch(path: str, worktree: str | None, scratch: bool) -> None:
    assert is_scratch(path, worktree) is scratch


def test_folder_is_not_below_itself() -> None:
    assert not is_below("/tmp/pond", "/tmp/pond")


def test_command_that_writes_into_a_work_tree_in_a_temporary_folder_changes_the_tree() -> None:
    (into,) = split_command("echo 1 > /tmp/pond/src/a.py")
    assert changes_the_tree(into, "/tmp/pond")
    assert not changes_the_tree(into, "/home/ada/pond")


def test_name_of_a_folder_above_the_work_tree_says_nothing_of_what_is_in_it() -> None:
    (into,) = split_command("echo 1 > /srv/build/pond/src/a.py")
    assert changes_the_tree(into, "/srv/build/pond")
