"""What a machine wrote about a session: read as its transcript is, by the same right and with the same record."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from api.openapi import READ, documented
from api.parameters import InPath
from api.readings import Asked, record_access
from api.replies import reply
from api.routes.sessions import newest_with_parts, recordings_of
from api.schemas import Body
from api.service import Service, ServiceHere
from api.transcripts import Reading, may_open
from attest.errors import Absent, Refused
from attest.model import machine_summary as model
from attest.model.machine_summary import MARK, summary_json
from attest.store.attestations import Listing
from attest.usecases.kept_summaries import kept_summary

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


class MachineSummary(Body):
    """Words of a program that the operator named; never evidence, and nothing counts them."""

    mark: Literal["machine summary, not evidence"] = MARK
    session: str
    attestation: str = Field(description="The capture whose events the program was given.")
    name: str = Field(description="What the operator calls the program.")
    model: str = Field(description="As the program says.")
    version: str = Field(description="As the program says.")
    text: str = Field(description="Hostile: to be escaped wherever it is shown.")
    made_at: str
    input_sha256: str = Field(description="Of the bytes that the program was given.")
    events: int
    whole: bool = Field(description="Whether those were all events of the capture.")


@router.get(
    "/{session}/machine-summary",
    operation_id="machine_summary",
    responses=documented(
        MachineSummary,
        (*READ, "service.not-found", "key.missing", "erasure.erased", "service.purpose", "service.access-log"),
    ),
)
def summary(session: InPath, reading: Reading, service: ServiceHere) -> Response:
    """Give the machine summary of a session, where somebody had one made."""
    recordings = recordings_of(service, session)
    told = may_open(service, reading, recordings, newest_with_parts(service, recordings).id)
    found = readable_summary(service, reading, recordings, session)
    if found is None:
        raise Absent("service.not-found")
    record_access(service, reading, replace(told, attestation=found.attestation))
    return reply(MachineSummary.model_validate(summary_json(found)))


def readable_summary(service: Service, asked: Asked, recordings: Listing, session: str) -> model.MachineSummary | None:
    """Give the machine summary of a session where the caller may read the capture that it was made of; else None.

    That is not always the one that is read beside it: another capture may touch another repository, or be somebody else's.

    Raises:
        CannotVerify, NotVerified: one is kept, and does not open.
    """
    found = kept_summary(service.instance, session)
    if found is None or all(row.id != found.attestation for row in recordings.rows):
        return None
    try:
        may_open(service, asked, recordings, found.attestation)
    except (Absent, Refused):
        return None
    return found
