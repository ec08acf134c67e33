from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, InvalidInput
from attest.model.commit import ChangedFile, changed_files_leaves, parse_commit, repository_uri, require_oid

TREE, PARENT = "a" * 40, "b" * 40
HEAD = f"tree {TREE}\nparent {PARENT}\nauthor A <a@example.test> 1700000000 +0100\ncommitter C <c@example.test> 1700000001 -0730\n"


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("https://host.example/Org/Repo.git", "git+https://host.example/Org/Repo"),
        ("HTTPS://HOST.example/Org/Repo/", "git+https://host.example/Org/Repo"),
        ("http://host.example/r", "git+https://host.example/r"),
        ("ssh://git@host.example:2222/org/repo.git", "git+https://host.example:2222/org/repo"),
        ("git@host.example:org/repo.git", "git+https://host.example/org/repo"),
        ("host.example:org/repo", "git+https://host.example/org/repo"),
        ("git://host.example/r.git", "git+https://host.example/r"),
        ("git+ssh://git@host.example/r", "git+https://host.example/r"),
        (None, "git+file:root"),
        ("/srv/git/repo", "git+file:root"),
        ("../sibling", "git+file:root"),
        ("./odd:name", "git+file:root"),
        ("file:///srv/git/repo", "git+file:root"),
        ("FILE:///home/ada/repo", "git+file:root"),
        ("https:///no-host", "git+file:root"),
    ],
)
def test_repository_is_named_the_same_however_it_was_cloned(remote: str | None, name: str) -> None:
    assert repository_uri(remote, "root") == name


@pytest.mark.parametrize(
    "remote",
    [
        "https://ada:hunter2@host.example/r",
        "https://ada:hun@ter2@host.example/r",
        "https://hunter2@host.example/r",
        "HTTPS://hunter2@host.example/r",
        "https://host.example/r?private_token=hunter2",
        "https://host.example/r.git#hunter2",
        "https://ada:hun@ter2@host.example",
        "ada:hunter2@host.example:r",
        "ext::ssh -i hunter2 host.example %S r",
        "helper::https://ada:hunter2@host.example/r",
        "codecommit::eu-west-1://hunter2@r",
    ],
)
def test_name_of_a_repository_never_holds_user_info_or_a_token(remote: str) -> None:
    name = repository_uri(remote, "root")
    assert not any(word in name for word in ("hunter2", "ter2", "ada", "@"))


@given(st.text(max_size=60))
def test_any_remote_gets_a_name(remote: str) -> None:
    assert repository_uri(remote, "root").startswith("git+")


@pytest.mark.parametrize("text", ["", "a" * 39, "A" * 40, "a" * 41, "g" * 40, "a" * 40 + "\n", "HEAD", "é" * 40])
def test_short_or_odd_ids_are_no_oids(text: str) -> None:
    with pytest.raises(InvalidInput, match="full commit id"):
        require_oid(text)


def test_both_lengths_of_oid_are_known() -> None:
    assert require_oid("0" * 40) + require_oid("f" * 64) == "0" * 40 + "f" * 64


def test_commit_is_read_with_its_own_digest() -> None:
    raw = (HEAD + "gpgsig -----BEGIN\n parent 1\n -----END\n\nOne line\n\nparent body\n").encode()
    facts = parse_commit("c" * 40, raw)
    assert (facts.tree, facts.parents, facts.subject) == (TREE, (PARENT,), "One line")
    assert (facts.author_email, facts.authored_at, facts.committed_at) == ("a@example.test", 1700000000, 1700000001)
    assert facts.object_sha256 == hashlib.sha256(raw).digest()


def test_parent_lines_elsewhere_are_none_to_git_and_none_here() -> None:
    """Otherwise a made-up object could name the commit that its policy and trust roots are read at."""
    raw = HEAD.replace(f"parent {PARENT}\n", "") + f"parent {PARENT}\n\nx\n"
    assert parse_commit("c" * 40, raw.encode()).parents == ()


def test_message_that_is_not_utf8_is_shown_and_its_bytes_stay_bound() -> None:
    raw = HEAD.encode() + b"encoding latin-1\n\ncaf\xe9\n"
    facts = parse_commit("c" * 40, raw)
    assert facts.subject == "caf�"
    assert facts.object_sha256 == hashlib.sha256(raw).digest()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"tree\n\n",
        HEAD.replace("tree", "tre").encode(),
        HEAD.replace(TREE, TREE[:12]).encode(),
        HEAD.replace(PARENT, "HEAD").encode(),
        HEAD.replace("1700000000", "soon").encode(),
        HEAD.replace(" <a@example.test> 1700000000 +0100", "").encode(),
        HEAD.replace("committer", "author").encode(),
        HEAD.replace("1700000000", "9" * 5000).encode(),
        b"parent " + HEAD.encode(),
        HEAD.encode("utf-16"),
    ],
)
def test_hostile_commit_objects_are_malformed_input(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a commit object"):
        parse_commit("c" * 40, raw)


@given(
    st.binary(max_size=300)
    | st.builds(lambda a, b: a.encode() + b, st.sampled_from([HEAD, HEAD[:60], HEAD[:140]]), st.binary(max_size=80))
)
def test_no_commit_object_raises_anything_but_our_own_errors(raw: bytes) -> None:
    try:
        parse_commit("c" * 40, raw)
    except AttestError:
        return


def test_leaves_of_changed_files_are_unambiguous() -> None:
    """Length first: a path can hold what looks like a mode and a digest."""
    digest = hashlib.sha256(b"x").digest()
    one = ChangedFile(path=b"a", mode="100644", sha256=digest)
    leaf = changed_files_leaves((one,))[0]
    assert leaf == b"\0\0\0\1a100644" + digest
    longer = ChangedFile(path=b"a100644" + digest, mode="100755", sha256=digest)
    assert changed_files_leaves((longer,))[0][:4] == (8 + 31).to_bytes(4, "big")
