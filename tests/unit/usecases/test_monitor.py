"""A log followed from outside: what extends is kept, what contradicts is proved, what cannot be had is neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified, Refused
from attest.ledger.cosigned import with_lines
from attest.ledger.fork import MAX_FORK_BYTES, ForkProof, check_fork, parse_fork
from attest.ledger.witness_policy import parse_policy
from attest.usecases.monitor import Forked, MonitorReport, Watch, compare, look
from attest.witness.bounded_http import parse_address
from attest.witness.followed import Followed
from attest.witness.request import encode_request
from attest.witness.tiles_over_http import TilesOverHttp
from tests.support.small_log import NOON, SmallLog, SmallWitness, policy_text, served

pytestmark = pytest.mark.loopback
NOW = int(NOON.timestamp())


@dataclass
class Site:
    """What is served at one address; `log` may be replaced by another that signs with the same key."""

    log: SmallLog
    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes | None:
        self.asked.append(path)
        return self.log.files().get(path)

    @property
    def followed(self) -> Followed:
        return Followed(self.folder, self.log.key)

    def look(self, *, now: int = NOW, policy: bytes = b"", **more: object) -> MonitorReport:
        log = TilesOverHttp(parse_address(self.url))
        watch = Watch(
            log=log,
            followed=self.followed,
            policy=parse_policy(policy) if policy else None,
            entries=bool(more.get("entries")),
            max_age_s=3600 if "max_age" in more else None,
        )
        return look(watch, now=now)


@contextmanager
def following(log: SmallLog, folder: Path) -> Iterator[Site]:
    site = Site(log, folder)
    with served(site.answer) as site.url:
        yield site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with following(SmallLog().add(300), tmp_path / "followed") as made:
        yield made


@pytest.mark.parametrize("added", [0, 1, 211, 212, 213, 700])
def test_a_log_that_grows_is_followed(site: Site, added: int) -> None:
    first = site.look(entries=True)
    site.log.add(added)
    second = site.look(entries=True)

    assert (first.size, first.grown_by) == (300, 300)
    assert (second.size, second.grown_by, second.root) == (300 + added, added, site.log.root())


def test_only_what_is_new_is_fetched(site: Site) -> None:
    site.log.add(700)
    site.look()
    site.asked.clear()
    site.log.add(10)
    site.look()

    assert [path for path in site.asked if "/000" in path] == []


def proof_of(caught: pytest.ExceptionInfo[Forked]) -> ForkProof:
    """Read the proof as somebody would to whom the file was sent."""
    return parse_fork(caught.value.path.read_bytes())


@pytest.mark.parametrize(("shared", "more"), [(299, 1), (0, 300), (256, 44), (100, 400), (299, 2), (256, 500)])
def test_a_split_view_is_proved_to_anyone(site: Site, shared: int, more: int) -> None:
    site.look()
    before = site.log.note()
    site.log = site.log.fork(shared).add(more, "another")

    with pytest.raises(Forked) as caught:
        site.look()

    fork = check_fork(proof_of(caught))
    assert {fork.small.size, fork.large.size} == {300, shared + more}
    assert {proof_of(caught).small, proof_of(caught).large} == {before, site.log.note()}
    assert site.followed.kept() is not None
    with pytest.raises(Forked):
        site.look()


@pytest.mark.parametrize("size", [1, 100, 256, 299])
def test_a_smaller_head_of_another_history_is_proved_from_what_was_kept(site: Site, size: int) -> None:
    site.look()
    site.log = SmallLog().add(size, "another")

    with pytest.raises(Forked) as caught:
        site.look()

    assert check_fork(proof_of(caught)).small.size == size


def test_a_split_view_shown_to_somebody_else_is_found_by_comparing(site: Site) -> None:
    site.look()
    theirs = site.log.fork(200).add(90, "another").note()

    assert compare(site.followed, site.log.note(100))
    assert not compare(site.followed, site.log.fork(300).add(1).note())
    with pytest.raises(Forked) as caught:
        compare(site.followed, theirs)
    assert check_fork(proof_of(caught)).small.size == 290


def test_an_older_head_is_a_rollback_and_no_fork(site: Site) -> None:
    site.look()
    site.log = site.log.fork(299)

    with pytest.raises(Refused) as caught:
        site.look()

    assert caught.value.code == "ledger.rollback"
    assert not (site.folder / "forks").exists()


def test_another_key_under_the_log_s_name_is_bad(site: Site) -> None:
    site.look()
    key = site.log.key
    site.log = SmallLog(seed=b"\x03" * 32, entries=site.log.entries)
    site_log = TilesOverHttp(parse_address(site.url))

    with pytest.raises(NotVerified) as caught:
        look(Watch(log=site_log, followed=Followed(site.folder, key)), now=NOW)

    assert caught.value.code == "evidence.checkpoint"


def test_files_that_are_not_of_the_signed_head_are_bad_and_no_fork(site: Site) -> None:
    site.log.extra["tile/0/000"] = bytes(8192)

    with pytest.raises(NotVerified) as caught:
        site.look()

    assert caught.value.code == "ledger.corrupt"
    assert site.followed.kept() is None
    site.log.extra.clear()
    assert site.look().size == 300


def test_an_entry_that_is_not_that_of_its_hash_is_bad(site: Site) -> None:
    bundle = bytearray(site.log.files()["tile/entries/000"])
    bundle[10] ^= 1
    site.log.extra["tile/entries/000"] = bytes(bundle)

    assert site.look().size == 300
    site.log.add(1)
    site.log.extra["tile/entries/001.p/45"] = bytes(bundle)
    with pytest.raises(NotVerified):
        site.look(entries=True)


GARBAGE = {
    "no checkpoint": {"checkpoint": b""},
    "no text": {"checkpoint": b"\xff\xfe"},
    "no note": {"checkpoint": b"hello\n"},
    "huge checkpoint": {"checkpoint": b"x" * 100_000},
    "short tile": {"tile/0/000": b"x" * 100},
    "long tile": {"tile/0/000": b"x" * 10_000},
}


@pytest.mark.parametrize("files", list(GARBAGE.values()), ids=list(GARBAGE))
def test_garbage_is_never_good(site: Site, files: dict[str, bytes]) -> None:
    site.log.extra |= files

    with pytest.raises(AttestError) as caught:
        site.look()

    assert not isinstance(caught.value, Forked)
    assert site.followed.kept() is None


def test_a_log_that_claims_more_than_can_be_fetched_is_not_followed(site: Site) -> None:
    huge = SmallLog()
    from attest.ledger.checkpoint import Checkpoint, c2sp_note
    from attest.ledger.note import NoteSigner

    head = Checkpoint(origin=huge.origin, size=2**60, root=b"\x01" * 32)
    note = c2sp_note(head, NoteSigner(key=huge.key, sign=huge._secret.sign))
    site.log.extra["checkpoint"] = note.encode()

    with pytest.raises(CannotVerify):
        site.look()


def test_nothing_new_for_too_long_is_an_alarm(site: Site) -> None:
    site.look(max_age=True)

    assert site.look(now=NOW + 3600, max_age=True).size == 300
    with pytest.raises(Refused) as caught:
        site.look(now=NOW + 3601, max_age=True)
    assert caught.value.code == "ledger.stale"
    site.log.add(1)
    assert site.look(now=NOW + 3601, max_age=True).size == 301


def test_with_a_policy_the_quorum_s_time_counts(site: Site, tmp_path: Path) -> None:
    one, two = (SmallWitness(tmp_path / n, name=f"{n}.example.test", logs=(site.log.key,)) for n in ("one", "two"))
    text = policy_text({"one": (one.key, ""), "two": (two.key, "")}, "group both all one two\nquorum both")
    with pytest.raises(Refused):
        site.look(policy=text, max_age=True)
    lines = [each.witness.add_checkpoint(encode_request(0, (), site.log.note())).body.decode() for each in (one, two)]
    site.log.extra["checkpoint"] = with_lines(site.log.note(), lines).encode()

    report = site.look(policy=text, max_age=True)

    assert (report.fresh_at, report.standing is not None and report.standing.met) == (NOW, True)
    with pytest.raises(Refused):
        site.look(now=NOW + 4000, policy=text, max_age=True)


def test_a_changed_fork_proof_proves_nothing(site: Site) -> None:
    site.look()
    site.log = site.log.fork(256).add(100, "another")
    with pytest.raises(Forked) as caught:
        site.look()
    raw = caught.value.path.read_bytes()

    for at in range(0, len(raw), 7):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(AttestError):
            check_fork(parse_fork(changed))
    with pytest.raises(InvalidInput):
        parse_fork(b" " * (MAX_FORK_BYTES + 1))


def test_heads_that_agree_prove_nothing() -> None:
    log = SmallLog().add(9)
    honest = ForkProof(
        vkey=log.vkey, small=log.note(5), large=log.note(), prefix_root=log.root(5), consistency=log.proof(5)
    )

    with pytest.raises(NotVerified):
        check_fork(honest)


def test_a_state_of_another_key_is_refused(site: Site) -> None:
    site.look()

    with pytest.raises(Refused):
        Followed(site.folder, SmallLog(seed=b"\x03" * 32).key).kept()
