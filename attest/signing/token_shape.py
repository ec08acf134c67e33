"""Tokens of one authority are the same but for a few fields of fixed length: what was read once need not be walked again.

A shape is made from a token that was parsed strictly. A later one of the same length whose every other octet is equal has
the same structure, so its fields stand in the same places; what a field's own contents must keep to is checked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from attest.signing.cms import OID_MESSAGE_DIGEST, Token, parse_token
from attest.signing.der import GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, DerReader, parse_generalized_time
from attest.signing.memo import Memo

OID_SIGNING_TIME = "1.2.840.113549.1.9.5"
MAX_SHAPES = 8
"""Shapes of one length that are kept: a shorter serial number and a longer signature make one length in several ways."""
MAX_SHAPED_BYTES = 16 * 1024
"""A longer token is read anew each time: what is kept stays small."""
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Where the fields of one authority's tokens stand, and all octets between them."""

    token: Token
    fixed: tuple[tuple[int, int, bytes], ...]
    info: _Span
    imprint: _Span
    serial: _Span
    time: _Span
    signature: _Span
    signed_attributes: _Span
    attributes: tuple[tuple[str, int, int], ...]
    """The two that differ: message digest, signing time."""

    def read(self, raw: bytes) -> Token | None:
        """Give the parts of a token of this shape; None where it is of another."""
        for begin, end, octets in self.fixed:
            if raw[begin:end] != octets:
                return None
        known = self.token
        DerReader(raw, self.serial[0] - 2, self.serial[1]).integer()
        return Token(
            info=raw[slice(*self.info)],
            imprint_hash=known.imprint_hash,
            imprint=raw[slice(*self.imprint)],
            time=parse_generalized_time(raw[slice(*self.time)]),
            policy=known.policy,
            certificates=known.certificates,
            issuer=known.issuer,
            serial=known.serial,
            digest_hash=known.digest_hash,
            signature_algorithm=known.signature_algorithm,
            signature=raw[slice(*self.signature)],
            signed_attributes=known.signed_attributes[:1]
            + raw[self.signed_attributes[0] + 1 : self.signed_attributes[1]],
            attributes=known.attributes | {name: raw[begin:end] for name, begin, end in self.attributes},
        )


def read_token(raw: bytes, memo: Memo) -> Token:
    """Read a DER TimeStampResp as `parse_token` does, sooner where one like it was read before.

    Raises:
        DerError: as `parse_token`.
    """
    key = ("token shape", b"", len(raw).to_bytes(4, "big"))
    known: tuple[_Shape, ...] = memo.get(key, tuple) or ()
    for shape in known:
        found = shape.read(raw)
        if found is not None:
            return found
    token = parse_token(raw)
    made = _shape(raw, token)
    if made is not None:
        memo.keep(key, (made, *known)[:MAX_SHAPES])
    return token


def _shape(raw: bytes, token: Token) -> _Shape | None:
    if len(raw) > MAX_SHAPED_BYTES:
        return None
    info, signature = _only(raw, token.info), _only(raw, token.signature)
    signed = _only(raw, token.signed_attributes[1:])
    if info is None or signature is None or signed is None:
        return None
    attributes = []
    for name in (OID_MESSAGE_DIGEST, OID_SIGNING_TIME):
        place = _only(raw, token.attributes[name]) if name in token.attributes else None
        if name in token.attributes and (place is None or not signed[0] <= place[0] < place[1] <= signed[1]):
            return None
        if place is not None:
            attributes.append((name, *place))
    imprint, serial, time = _in_info(token.info, info[0])
    if serial[1] - serial[0] >= 0x80:  # the header before it has two octets
        return None
    # Of an attribute's value the header stays fixed: two octets, because both values are short.
    fields = sorted((imprint, serial, time, signature, *((begin + 2, end) for _, begin, end in attributes)))
    edges = [(0, 0), *fields, (len(raw), len(raw))]
    if any(one[1] > other[0] for one, other in pairwise(edges)):
        return None
    return _Shape(
        token=token,
        fixed=tuple((one[1], other[0], raw[one[1] : other[0]]) for one, other in pairwise(edges)),
        info=info,
        imprint=imprint,
        serial=serial,
        time=time,
        signature=signature,
        signed_attributes=(signed[0] - 1, signed[1]),
        attributes=tuple(attributes),
    )


def _only(raw: bytes, part: bytes) -> _Span | None:
    begin = raw.find(part)
    return None if begin < 0 or not part or raw.find(part, begin + 1) >= 0 else (begin, begin + len(part))


def _in_info(info: bytes, base: int) -> tuple[_Span, _Span, _Span]:
    """Give where imprint, serial number and time stand; the TSTInfo was parsed before, so nothing fails here."""
    reader = DerReader(info).enter(SEQUENCE)
    for tag in (INTEGER, OID):  # version, policy
        reader.skip(tag)
    inside = reader.enter(SEQUENCE)
    inside.skip(SEQUENCE)
    imprint, serial, time = inside.span(OCTET_STRING), reader.span(INTEGER), reader.span(GENERALIZED_TIME)
    return (
        (base + imprint[0], base + imprint[1]),
        (base + serial[0], base + serial[1]),
        (base + time[0], base + time[1]),
    )
