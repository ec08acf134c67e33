"""Images and other binary data: found by what they are in any field, dropped with a marker, never passed on unseen."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable

import pytest

from redaction.blob_filter import MAX_HELD_BYTES, BlobFilter
from redaction.blobs import Images, blobs_in
from redaction.errors import LimitExceeded
from redaction.fields import FieldKind, FieldPolicy, FieldRule
from redaction.redactor import Redactor
from tests.unit.redaction.conftest import run


def noise(seed: str, count: int) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(count)


PNG = b"\x89PNG\r\n\x1a\n" + noise("png", 900)
TINY = b"\x89PNG\r\n\x1a\n" + noise("tiny", 60)
JPEG = b"\xff\xd8\xff\xe0" + noise("jpeg", 900)
RANDOM = noise("nothing that begins like a format", 900)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def wrapped(data: bytes, width: int = 76) -> str:
    text = encoded(data)
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


@pytest.mark.parametrize(
    ("value", "media"),
    [
        ({"type": "image", "source": {"type": "base64", "data": encoded(PNG)}}, "image/png"),
        ({"unknown": {"field": [encoded(JPEG)]}}, "image/jpeg"),
        ({"url": f"data:image/png;base64,{encoded(PNG)}"}, "image/png"),
        ({"attachments": [{"body": encoded(TINY)}]}, "image/png"),
        ({"out": f"$ base64 pond.png\n{wrapped(PNG)}\ndone."}, "image/png"),
        ({"nested": json.dumps({"shot": wrapped(JPEG)})}, "image/jpeg"),
        ({"text": f"pond/{encoded(PNG)}"}, "image/png"),
        ({"text": base64.urlsafe_b64encode(RANDOM).decode()}, "application/octet-stream"),
        ({"text": encoded(RANDOM)}, "application/octet-stream"),
        ({"text": PNG.hex()}, "image/png"),
        ({"text": RANDOM.hex()}, "application/octet-stream"),
        ({"text": encoded(b"\x1f\x8b\x08" + zlib.compress(b"ducks " * 400, 1) + RANDOM)}, "application/gzip"),
        ({"type": "Buffer", "data": list(RANDOM)}, "application/octet-stream"),
        ({"bytes": list(PNG)}, "image/png"),
    ],
)
def test_binary_data_is_dropped_wherever_it_stands(redactor: Redactor, value: object, media: str) -> None:
    redaction = redactor.redact(lambda: [line(value)])
    out = b"".join(redaction.lines())
    assert f"[BLOB:{media}:".encode() in out
    assert len(out) < 200
    json.loads(out)
    assert redaction.report.blobs == ((media, 1),)
    assert b"".join(redactor.redact(lambda: [out]).lines()) == out


@pytest.mark.parametrize("name", [" in a file", "wrapped"])
def test_an_escaped_slash_or_plus_is_read_through(redactor: Redactor, name: str) -> None:
    text = json.dumps(encoded(PNG)).replace("/", "\\/").replace("+", "\\u002B")
    out = run(redactor, f'{{"{name}":{text}}}\n'.encode())
    assert b"[BLOB:image/png:908 bytes]" in out
    assert len(out) < 100


def test_the_digest_is_that_of_the_file(redactor: Redactor) -> None:
    redaction = redactor.redact(lambda: [line({"a": 1}), line({"x": encoded(PNG), "y": wrapped(JPEG)})])
    list(redaction.lines())
    assert [(b.line, b.at, b.sha256) for b in redaction.blobs] == [
        (1, 0, hashlib.sha256(PNG).digest()),
        (1, 1, hashlib.sha256(JPEG).digest()),
    ]


def test_base64_that_a_plain_text_wraps_is_one_blob(redactor: Redactor) -> None:
    lines = [b"> here it is\n", *(f"{part}\n".encode() for part in wrapped(PNG).split("\n")), b"thank you\n"]
    assert run(redactor, *lines) == b"> here it is\n[BLOB:image/png:908 bytes]\nthank you\n"


@pytest.mark.parametrize(
    "text",
    [
        "-" * 400,
        "abc/def_" * 60,
        "A" * 1000,
        encoded(b"ducks swim in the pond, and nobody counts them. " * 20),
        "-----BEGIN CERTIFICATE-----\n" + wrapped(RANDOM, 64) + "\n-----END CERTIFICATE-----",
        "ssh-rsa " + encoded(b"\x00\x00\x00\x07ssh-rsa" + RANDOM[:300]),
        ",".join(str(n % 250) for n in range(400)),
        hashlib.sha512(b"x").hexdigest(),
        "word_" + "\\n" * 200,
    ],
)
def test_text_is_no_blob(text: str) -> None:
    assert blobs_in(line({"t": text, "n": [n % 9 for n in range(400)]})) == ()


def test_unread_fields_keep_their_own_marker(make: Callable[..., Redactor]) -> None:
    policy = FieldPolicy(
        (
            FieldRule(pattern=("**", "signature"), kind=FieldKind.OPAQUE),
            FieldRule(pattern=("**", "image"), kind=FieldKind.OPAQUE),
        )
    )
    text = encoded(RANDOM)
    out = json.loads(run(make(fields=policy), line({"signature": text, "image": encoded(PNG)})))
    assert out == {"signature": f"[OPAQUE:{len(text)} bytes]", "image": "[BLOB:image/png:908 bytes]"}


def test_what_is_kept_comes_back_unchanged_and_the_rest_is_redacted(make: Callable[..., Redactor]) -> None:
    policy = FieldPolicy((FieldRule(pattern=("**", "image"), kind=FieldKind.OPAQUE),))
    mail = "zora@" + "quillmail.dev"
    value = {
        "image": f"data:image/png;base64,{encoded(PNG)}",
        "b": list(PNG),
        "c": f"{mail} {encoded(JPEG)}",
        "d": encoded(TINY),
    }
    keeping = make(fields=policy, images=Images.KEEP)
    redaction = keeping.redact(lambda: [line(value)] * 3)
    out = json.loads(list(redaction.lines())[2])
    assert redaction.blobs == ()
    assert redaction.report.blobs == (("image/jpeg", 3), ("image/png", 9))
    assert (out["image"], out["d"], len(out["b"])) == (value["image"], value["d"], len(PNG))
    assert out["b"] == list(PNG)
    assert out["c"].endswith(encoded(JPEG))
    assert mail not in out["c"]
    assert keeping.config.digest() != make(fields=policy).config.digest()


def test_kept_blobs_that_wait_for_the_scan_are_bounded() -> None:
    kept = BlobFilter(Images.KEEP, FieldPolicy.scan_all())
    big = line({"x": encoded(PNG * 4000)})
    with pytest.raises(LimitExceeded):
        list(kept.lines([big] * (MAX_HELD_BYTES // len(big) + 2), note=True))


def test_hostile_runs_are_read_in_linear_time_and_leave_the_line_whole() -> None:
    for text in (b"a" * 3_000_000, b"\\n" * 1_000_000, b"1," * 1_000_000, (b"A" * 60 + b"\\n") * 40_000):
        assert blobs_in(text) == ()


@pytest.mark.parametrize("armour", [encoded, lambda data: data.hex()], ids=["base64", "hex"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_line_stays_json_when_a_blob_ends_a_string_inside_strings(
    redactor: Redactor, armour: Callable[[bytes], str], depth: int
) -> None:
    value: object = ["SETTING=" + armour(PNG)]
    for _ in range(depth):
        value = {"output": json.dumps(value)}
    inner = json.loads(run(redactor, line(value)))
    for _ in range(depth):
        inner = json.loads(inner["output"])
    assert "BLOB" in inner[0]
