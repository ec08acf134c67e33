"""Validators that compute: check sums and headers of tokens, keys in DER, addresses of crypto currencies."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_ATLASSIAN = re.compile(rb"\d{10,14}:[\x00-\xff]{16,24}")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIV")


def jwt(value: str, _match: str) -> bool:
    """Keep what has the header of a JSON Web Token (RFC 7519): an object that names its algorithm, type or key."""
    head = decoded(value.partition(".")[0])
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and not {"alg", "typ", "enc", "kid"}.isdisjoint(header)


def atlassian_pat(value: str, _match: str) -> bool:
    """Keep a personal access token of Atlassian's servers: base64 of a number, a colon and random bytes."""
    return _ATLASSIAN.fullmatch(decoded(value)) is not None


def encoded_private_key(value: str, _match: str) -> bool:
    """Keep base64 of a text that begins with the marker of a private key."""
    return _PRIVATE.search(decoded(value[: len(value) // 4 * 4][:4096])) is not None or b"PRIV" in decoded(value[:80])


def decoded(text: str) -> bytes:
    """Give base64 or base64url decoded, empty when it is neither."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    text = text[:-1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""


def der_private_key(text: str) -> bool:
    """Say whether base64 begins a private key in DER (PKCS #1, #8, #12, SEC 1): a sequence that begins with a version."""
    head = decoded(text[:64])
    if len(head) < 12 or head[0] != 0x30:
        return False
    at = 2 if head[1] < 0x80 else 2 + (head[1] & 0x7F)
    if head[at : at + 2] != b"\x02\x01" or head[at + 2] not in (0, 1, 3):
        return False
    return head[at + 3] in (0x02, 0x04, 0x30)


def bitcoin(value: str, _match: str) -> bool:
    """Keep an address of Bitcoin or a private key in its wallet form, whose check sum holds (Base58Check, BIP 173/350)."""
    low = value.lower()
    if low.startswith(("bc1", "tb1")):
        return _bech32_holds(low)
    number = 0
    for char in value:
        number = number * 58 + _BASE58.index(char)
    try:
        data = number.to_bytes(25 if len(value) < 40 else (38 if value[0] in "KL" else 37), "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def _bech32_holds(text: str) -> bool:
    if any(char not in _BECH32 for char in text[3:]):
        return False
    values = (
        [ord(c) >> 5 for c in text[:2]] + [0] + [ord(c) & 31 for c in text[:2]] + [_BECH32.index(c) for c in text[3:]]
    )
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                check ^= term
    return check in (1, 0x2BC830A3)


def ethereum(value: str, match: str) -> bool:
    """Keep an address of Ethereum: mixed case must be its check sum (EIP-55); one case counts beside a telling word."""
    body = value[2:]
    if len(set(body.lower())) < 6:
        return False
    if body != body.lower() and body != body.upper():
        digest = keccak256(body.lower().encode()).hex()
        return all(not c.isalpha() or (int(digest[n], 16) > 7) == c.isupper() for n, c in enumerate(body))
    return re.search(r"(?i)wallet|eth|address|contract|crypto", match[: match.find(value)]) is not None


_ROTATIONS = (
    (0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14),
)  # fmt: skip
_MASK = (1 << 64) - 1


def _round_constants() -> tuple[int, ...]:
    constants, state = [], 1
    for _ in range(24):
        constant = 0
        for bit in range(7):
            if state & 1:
                constant |= 1 << ((1 << bit) - 1)
            state = state << 1 ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


_CONSTANTS = _round_constants()


def keccak256(data: bytes) -> bytes:
    """Give Keccak-256 of less than 136 bytes (the padding of before FIPS 202, as Ethereum uses it)."""
    block = data + b"\x01" + bytes(135 - len(data))
    block = block[:135] + bytes([block[135] | 0x80])
    lanes = [[0] * 5 for _ in range(5)]
    for n in range(17):
        lanes[n % 5][n // 5] = int.from_bytes(block[n * 8 : n * 8 + 8], "little")
    for constant in _CONSTANTS:
        lanes = _round(lanes)
        lanes[0][0] ^= constant
    return b"".join(lanes[n % 5][n // 5].to_bytes(8, "little") for n in range(4))


def _round(a: list[list[int]]) -> list[list[int]]:
    column = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
    mixed = [column[(x - 1) % 5] ^ _rotated(column[(x + 1) % 5], 1) for x in range(5)]
    b = [[0] * 5 for _ in range(5)]
    for x in range(5):
        for y in range(5):
            b[y][(2 * x + 3 * y) % 5] = _rotated(a[x][y] ^ mixed[x], _ROTATIONS[x][y])
    return [[b[x][y] ^ (~b[(x + 1) % 5][y] & _MASK & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _MASK if by else value
