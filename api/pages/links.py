"""Where a page's links lead: the only place that writes a URL. What does not look like an id gets no link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from attest.model.plain_text import printable
from attest.model.pointer import Pointer, PointerKind

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ATTESTATION = re.compile(r"att_[0-9a-f]{64}")
_POPULATION = re.compile(r"pop_[0-9a-f]{64}")
_EXEMPLAR = re.compile(r"exm_[0-9A-HJKMNP-TV-Z]{26}")
_SESSION = re.compile(r"ses_[0-9A-HJKMNP-TV-Z]{26}")
_RUN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(?::[0-9]{1,5})?(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,19}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_LOCAL = re.compile(r"/(?:[A-Za-z0-9_.~=&?-][A-Za-z0-9_.~=&?/-]{0,999})?")
_LOG = re.compile(r"[A-Za-z0-9.:-]{1,253}/logs/([A-Za-z0-9._-]{1,64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A label with a place to go; an empty `href` is a word that leads nowhere."""

    label: str
    href: str = ""
    code: bool = False
    """True where the label is an id, shown in the voice of code."""


def local_path(text: str) -> str:
    """Give a path of this service unchanged, and `/` for anything that could lead elsewhere."""
    return text if _LOCAL.fullmatch(text) else "/"


def commit_href(oid: str) -> str:
    """Give the page of a commit; empty when `oid` is not a full object id."""
    return f"/commits/{oid}" if _OID.fullmatch(oid) else ""


def session_href(session_id: str, anchor: str = "") -> str:
    """Give the page of a session, at an anchor such as `e142`; empty when it is not a session id."""
    if not _SESSION.fullmatch(session_id):
        return ""
    return f"/sessions/{session_id}" + (f"#{quote(anchor, safe='')}" if anchor else "")


def share_href(session_id: str) -> str:
    """Give the form in which the runner of a session lets it be shared, filled in; empty when it is not a session id."""
    return f"/exemplars?session={session_id}" if _SESSION.fullmatch(session_id) else ""


def event_href(session_id: str, seq: int) -> str:
    """Give the page of a session that shows this event, at the event; empty when it is not a session id."""
    return f"/sessions/{session_id}?at={seq}#e{seq}" if _SESSION.fullmatch(session_id) else ""


def attestation_href(att_id: str) -> str:
    """Give the exact signed bytes of an attestation; empty when it is not an attestation id."""
    return f"/v1/attestations/{att_id}" if _ATTESTATION.fullmatch(att_id) else ""


def attestation_page(att_id: str) -> str:
    """Give the page of an attestation; empty when it is not an attestation id."""
    return f"/attestations/{att_id}" if _ATTESTATION.fullmatch(att_id) else ""


def pull_href(repository: str, number: int) -> str:
    """Give the page of a pull request; empty when it is no name of a repository."""
    return f"/pulls/{repository}/{number}" if _REPOSITORY.fullmatch(repository) and number > 0 else ""


def change_set_href(att_id: str) -> str:
    """Give the page of a change-set; empty when it is not an attestation id."""
    return f"/change-sets/{att_id}" if _ATTESTATION.fullmatch(att_id) else ""


def population_href(name: str) -> str:
    """Give the page of a population or a sample; empty when it is not a population's id."""
    return f"/populations/{name}" if _POPULATION.fullmatch(name) else ""


def exemplar_href(name: str) -> str:
    """Give the page of a shared session; empty when it is not the id of one."""
    return f"/exemplars/{name}" if _EXEMPLAR.fullmatch(name) else ""


def log_path(origin: str) -> str:
    """Give the path below which the interfaces of the log with this origin are; empty when it is not an origin."""
    found = _LOG.fullmatch(origin)
    return f"/logs/{found.group(1)}" if found else ""


def checkpoint_href(origin: str) -> str:
    """Give the newest checkpoint of the log with this origin; empty when it is not an origin."""
    found = _LOG.fullmatch(origin)
    return f"/logs/{found.group(1)}/checkpoint" if found else ""


def pointer_link(pointer: Pointer, *, log: str) -> Link:
    """Give a pointer as a link. Sources outside (the forge, a git tree) are words: no page of ours shows them."""
    code = pointer.kind in {PointerKind.ATTESTATION, PointerKind.SESSION}
    return Link(label=printable(pointer.label), href=_href(pointer, log), code=code)


def _href(pointer: Pointer, log: str) -> str:
    target = pointer.target
    if pointer.kind is PointerKind.EVENT:
        return event_href(pointer.session, int(target)) if _NUMBER.fullmatch(target) else ""
    if pointer.kind is PointerKind.EVENTS:
        run = _RUN.fullmatch(target)
        return event_href(pointer.session, int(run.group(1))) if run else ""
    if pointer.kind is PointerKind.SESSION:
        return session_href(target)
    if pointer.kind in {PointerKind.ATTESTATION, PointerKind.CERTIFICATE}:
        return attestation_href(target)
    if pointer.kind is PointerKind.COMMIT:
        return commit_href(target)
    if pointer.kind is PointerKind.SECTION:
        return f"#s{target}" if _NUMBER.fullmatch(target) else ""
    if pointer.kind is PointerKind.ENTRY:
        return f"/v1/entries/{target}" if _NUMBER.fullmatch(target) else ""
    if pointer.kind is PointerKind.CHECKPOINT:
        return checkpoint_href(log)
    return ""
