"""Lists: a page of rows of one state of the log, in the form that was asked for.

JSON gives the page whole; JSON lines and CSV give its rows, and what stands around them in headers: `Link` names the next
page, `Whereof-As-Of` the state. Where rows are attestations, their exact statements and bundles are given too, one a
line. A list of a state that was named (`as_of`) has an ETag; others are kept by nobody.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi.responses import Response

from api.accepts import chosen
from api.replies import NO_STORE, matches
from attest.errors import Absent, InvalidInput
from attest.evidence.csv_cells import BOM, csv_lines
from attest.model.scope import AsOf
from attest.signing.dsse import parse_envelope
from attest.signing.render import BUNDLE_V03
from attest.usecases.receipts import bundle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fastapi import Request

    from api.schemas import Body
    from api.service import Service
    from attest.store.attestations import StoredAttestation

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
CSV: Final = "text/csv"
IN_TOTO: Final = "application/vnd.in-toto+json"
Row = TypeVar("Row")
FORMS: Final = (JSON, LINES, CSV)
"""The forms that every list has."""
EXACT: Final = (IN_TOTO, BUNDLE_V03)
"""The forms of lists of attestations besides: their signed bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list."""

    body: Body
    """With `data`, `next` and, where it is of the log, `as_of`."""
    stored: Sequence[StoredAttestation] | None = None
    """The attestations of the rows, where rows are attestations."""
    fixed: bool = False
    """The state was named in the request: the same request gives the same rows."""
    link: str = "cursor"
    """The parameter that takes `next`."""


def page_reply(request: Request, page: Page) -> Response:
    """Give a page in the form that the request asks for.

    Raises:
        InvalidInput: `service.not-acceptable`.
    """
    wanted = chosen(request.headers.get("accept", ""), FORMS if page.stored is None else (*FORMS, *EXACT))
    told = page.body.model_dump(mode="json", by_alias=True)
    if wanted.media_type == CSV:
        text = "".join(csv_lines(*_table(page.body, told["data"])))
        content = (BOM if "bom=1" in wanted.parameters else "").encode() + text.encode("utf-8", "replace")
        media_type = "text/csv; charset=utf-8; header=present"
    elif wanted.media_type == JSON:
        content, media_type = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), JSON
    elif wanted.media_type == LINES or page.stored is None:
        content, media_type = _lines(json.dumps(row, ensure_ascii=False).encode() for row in told["data"]), LINES
    else:
        of = _statement if wanted.media_type == IN_TOTO else bundle_of
        content, media_type = _exact(page.stored, of), f'{LINES}; items="{wanted.media_type}"'
    headers = {**_around(request, told, page.link), "Vary": "Accept"}
    return _kept(request, Response(content, media_type=media_type, headers=headers), fixed=page.fixed)


def after_id(
    rows: Sequence[Row], after: str, limit: int, id_of: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None]:
    """Give the rows of a list that stand after the one of an id, as many as asked for, and the id to go on from.

    Raises:
        InvalidInput: `service.cursor`, no row has that id.
    """
    ids = [id_of(row) for row in rows]
    if after and after not in ids:
        raise InvalidInput("service.cursor", where="query.after")
    start = ids.index(after) + 1 if after else 0
    page = rows[start : start + limit]
    return page, id_of(page[-1]) if start + limit < len(rows) else None


def head_of(service: Service, as_of: int | None) -> AsOf | None:
    """Give the newest signed state of at most `as_of` leaves; None where none was asked for.

    Raises:
        Absent: `service.not-found`, the log is not that long yet, or has no state that small.
    """
    if as_of is None:
        return None
    newest = service.log.head()
    head = service.log.head_until(as_of) if newest and as_of <= newest.tree_size else None
    if head is None:
        raise Absent("service.not-found")
    return AsOf(log=service.instance.services.log.origin, tree_size=head.tree_size, root=head.root)


def described(body: type[Body], *, exact: bool = False) -> dict[int | str, dict[str, Any]]:
    """Describe the answer of a list: what `responses` of its route has at 200, beside `documented`."""
    words = "A page. JSON lines and CSV are its rows alone; `Link` names the next page, `Whereof-As-Of` the state."
    rows = {"schema": {"type": "string"}}
    content: dict[str, Any] = {LINES: rows, CSV: rows}
    if exact:
        words += f" `{IN_TOTO}` and `{BUNDLE_V03}` are given one a line."
        content |= {f'{LINES}; items="{name}"': rows for name in EXACT}
    return {200: {"model": body, "description": words, "content": content}}


def _table(body: Body, rows: Sequence[Mapping[str, object]]) -> tuple[list[str], Iterable[list[str | int | None]]]:
    names = list(rows[0]) if rows else _names(body)
    return names, ([_cell(row[name]) for name in names] for row in rows)


def _names(body: Body) -> list[str]:
    # An empty page has its head too: whoever reads columns by name finds them.
    annotation = type(body).model_fields["data"].annotation
    row = getattr(annotation, "__args__", (None,))[0]
    return list(getattr(row, "model_fields", {}))


def _cell(value: object) -> str | int | None:
    if value is None or isinstance(value, str | int):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _exact(stored: Sequence[StoredAttestation], of: Callable[[StoredAttestation], bytes]) -> bytes:
    return _lines(of(one) for one in stored)


def _statement(stored: StoredAttestation) -> bytes:
    return parse_envelope(stored.leaf.envelope).payload


def _lines(items: Iterable[bytes]) -> bytes:
    # A line break inside an exact statement would make two lines of it: JSON has none but between tokens.
    return b"".join(one.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n" for one in items)


def _around(request: Request, told: Mapping[str, Any], link: str) -> dict[str, str]:
    found = {}
    if told.get("next") is not None:
        query = [(key, value) for key, value in request.query_params.multi_items() if key != link]
        address = f"{request.url.path}?{urlencode([*query, (link, str(told['next']))])}"
        found["Link"] = f'<{address}>; rel="next"'
    if as_of := told.get("as_of"):
        found["Whereof-As-Of"] = f"{as_of['tree_size']} {as_of['root']} {as_of['log']}"
    return found


def _kept(request: Request, response: Response, *, fixed: bool) -> Response:
    if not fixed:
        response.headers.update(NO_STORE)
        return response
    tag = f'"sha256-{hashlib.sha256(bytes(response.body)).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response
