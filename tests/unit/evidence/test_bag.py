"""The archive of evidence bundles: one form, and everything else refused before any content is used, by name."""

from __future__ import annotations

import io
import tarfile

import pytest

from attest.errors import NotVerified
from attest.evidence.bag import BASE, BagWriter, header, open_bag
from attest.evidence.bag.ustar import END, padding
from attest.evidence.standalone.archive import Archive, Bad

GOOD = {"data/a/one": b"1", "data/a.b": b"", "data/b": b"2" * 600}


def member(path: str, data: bytes = b"x") -> bytes:
    return header(path, len(data)) + data + padding(len(data))


def made(files: dict[str, bytes] = GOOD) -> bytes:
    file = io.BytesIO()
    bag = BagWriter(file, {"VERIFY.md": b"read me\n"})
    for path in sorted(files):
        bag.add(path, files[path])
    bag.finish()
    return file.getvalue()


def by_tarfile(name: str, kind: bytes = tarfile.REGTYPE, form: int = tarfile.USTAR_FORMAT, **values: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        one = tarfile.TarInfo(name)
        one.type = kind
        for field, value in values.items():
            setattr(one, field, value)
        tar.addfile(one, io.BytesIO(bytes(one.size)) if kind == tarfile.REGTYPE else None)
    return file.getvalue()


def test_archive_unpacks_with_stock_tools_to_the_same_bytes() -> None:
    with tarfile.open(fileobj=io.BytesIO(made())) as tar:
        names = tar.getnames()
        read = {name: file.read() for name in names if (file := tar.extractfile(name)) is not None}
        first = tar.getmembers()[0]
    assert names == sorted(names)
    assert {path: read[BASE + path] for path in GOOD} == GOOD
    assert (first.mode, first.uid, first.gid, first.mtime, first.uname) == (0o644, 0, 0, 315532800, "")


def test_same_files_give_same_bytes_whether_written_whole_or_in_pieces() -> None:
    file = io.BytesIO()
    bag = BagWriter(file, {"VERIFY.md": b"read me\n"})
    for path in sorted(GOOD):
        bag.add_stream(path, (GOOD[path][at : at + 7] for at in range(0, len(GOOD[path]), 7)))
    bag.finish()
    assert file.getvalue() == made()


def test_manifests_name_every_file() -> None:
    bag = open_bag(io.BytesIO(made()))
    assert list(bag.manifest_faults(lambda _done, _total: None)) == []
    assert bag.read("manifest-sha256.txt", 10_000).count(b"\n") == len(GOOD)


B = BASE
HOSTILE = {
    "parent": (member(B + "../x"), ".."),
    "dot": (member(B + "a/./b"), "a/./b"),
    "absolute": (member("/etc/passwd"), "/etc/passwd"),
    "elsewhere": (member("other/x"), "other/x"),
    "empty segment": (member(B + "a//b"), "a//b"),
    "backslash": (member(B + "a\\b"), "a\\b"),
    "drive": (member(B + "c:x"), "c:x"),
    "upper case": (member(B + "Data/x"), "Data/x"),
    "case collision": (member(B + "A") + member(B + "a"), "member 0"),
    "reserved": (member(B + "data/nul.txt"), "nul.txt"),
    "reserved port": (member(B + "com1"), "com1"),
    "dot at the end": (member(B + "a."), "a."),
    "deep": (member(B + "/".join("abcdefghi")), "a/b/c"),
    "twice": (member(B + "a") + member(B + "a"), "member 1 " + B + "a"),
    "out of order": (member(B + "b") + member(B + "a"), "member 1 " + B + "a"),
    "file and folder": (member(B + "a") + member(B + "a-b") + member(B + "a/b"), "member 2 " + B + "a/b"),
    "hard link": (by_tarfile(B + "a", tarfile.LNKTYPE, linkname="/etc/passwd"), "member 0 " + B + "a"),
    "symbolic link": (by_tarfile(B + "a", tarfile.SYMTYPE, linkname="/etc"), "member 0 " + B + "a"),
    "device": (by_tarfile(B + "a", tarfile.CHRTYPE), "member 0 " + B + "a"),
    "block device": (by_tarfile(B + "a", tarfile.BLKTYPE), "member 0"),
    "pipe": (by_tarfile(B + "a", tarfile.FIFOTYPE), "member 0"),
    "folder": (by_tarfile(B + "a", tarfile.DIRTYPE), "member 0"),
    "sparse": (by_tarfile(B + "a", tarfile.GNUTYPE_SPARSE, tarfile.GNU_FORMAT), "member 0"),
    "pax": (by_tarfile(B + "a", form=tarfile.PAX_FORMAT, pax_headers={"path": "/etc/x"}), "member 0"),
    "long name": (by_tarfile(B + "a" * 200, form=tarfile.GNU_FORMAT), "member 0"),
    "executable": (by_tarfile(B + "a", mode=0o4755, mtime=315532800), "member 0 " + B + "a"),
    "owner": (by_tarfile(B + "a", uid=1, mtime=315532800), "member 0"),
    "says a gigabyte": (header(B + "bomb", 8**10), B + "bomb"),
    "size in base 256": (header(B + "a", 0)[:124] + b"\x80" + bytes(11) + header(B + "a", 0)[136:], "member 0"),
    "negative size": (header(B + "a", 0)[:124] + b"-0000000001\0" + header(B + "a", 0)[136:], "member 0"),
    "something in the padding": (header(B + "a", 1) + b"xy" + bytes(510), "member 0 " + B + "a"),
    "prefix": (header(B + "a", 0)[:345] + b"/etc" + header(B + "a", 0)[349:], "member 0"),
    "compressed": (b"\x1f\x8b" + bytes(1022), "member 0"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_member_is_refused_by_place_and_name(case: str) -> None:
    raw, named = HOSTILE[case]
    raw += END
    with pytest.raises(NotVerified) as found:
        open_bag(io.BytesIO(raw))
    assert named in (found.value.where or "")
    with pytest.raises(Bad) as other:
        Archive(io.BytesIO(raw))
    assert named in other.value.place


@pytest.mark.parametrize("raw", [b"", made()[:-512], made() + b"\0", made()[:700], made() + made()])
def test_archive_that_is_cut_or_goes_on_is_refused(raw: bytes) -> None:
    with pytest.raises(NotVerified):
        open_bag(io.BytesIO(raw))
    with pytest.raises(Bad):
        Archive(io.BytesIO(raw))


def test_too_many_members_are_refused_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"".join(member(f"{BASE}{n:04}", b"") for n in range(12)) + END
    monkeypatch.setattr("attest.evidence.bag.reader.MAX_MEMBERS", 10)
    monkeypatch.setattr("attest.evidence.standalone.archive.MAX_MEMBERS", 10)
    with pytest.raises(NotVerified, match="more than 10") as found:
        open_bag(io.BytesIO(raw))
    assert (found.value.where or "").startswith("member 10 ")
    with pytest.raises(Bad, match="too many"):
        Archive(io.BytesIO(raw))


@pytest.mark.parametrize("path", ["data/../x", "x/y", "data/A", "data/con"])
def test_writer_writes_no_path_that_a_reader_refuses(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|below"):
        BagWriter(io.BytesIO(), {}).add(path, b"")
