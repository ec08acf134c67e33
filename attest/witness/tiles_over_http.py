"""Reads a log's published files over HTTP: the checkpoint, hash tiles and entry bundles, each bounded."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, CannotVerify
from attest.ledger.note import MAX_NOTE_BYTES
from attest.ledger.tiles import MAX_BUNDLE_BYTES, TILE_WIDTH
from attest.ledger.tree import HASH_BYTES
from attest.witness.bounded_http import request

if TYPE_CHECKING:
    from attest.witness.bounded_http import Address

MAX_TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES


class TilesOverHttp:
    """The files of one log below its base address."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def checkpoint(self) -> str:
        """Give the checkpoint as it is served; nothing is verified.

        Raises:
            CannotVerify: `service.away`, it cannot be had, or is no text.
        """
        try:
            return self.fetch("checkpoint").decode()
        except (Absent, UnicodeDecodeError) as err:
            raise CannotVerify("service.away", "the log serves no checkpoint", where=self._address.host) from err

    def fetch(self, path: str) -> bytes:
        """Give one file.

        Raises:
            Absent: the log says that it is not there.
            CannotVerify: `service.away`, it cannot be had, or exceeds what such a file can be.
        """
        most = MAX_NOTE_BYTES if path == "checkpoint" else MAX_TILE_BYTES
        if path.startswith("tile/entries/"):
            most = MAX_BUNDLE_BYTES
        reply = request(self._address, f"/{path}", most=most)
        if reply.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise Absent("service.not-found", where=path)
        if reply.status != HTTPStatus.OK:
            raise CannotVerify("service.away", got=f"status {reply.status}", where=path)
        return reply.body
