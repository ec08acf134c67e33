"""Pages as strings: each function takes a value and gives one HTML document, complete and without inline anything.

Whoever serves a page sends `CONTENT_SECURITY_POLICY` with it, and `Cache-Control: no-store` where it holds words of
a transcript.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.answer_view import BrowserCheck, answer_view
from api.pages.links import Link, local_path
from api.pages.other_views import Failure, Search, SignInView, failure_view, problem_view, search_view
from api.pages.plain_views import NotKept, not_kept_view
from api.pages.session_view import SessionSource, session_view
from attest.errors import AttestError
from attest.model.answer import Answer

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ROOT: Final = Path(__file__).parent.parent
STATIC: Final = ROOT / "static"
"""The folder to serve at `Page.static`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page shows beside its subject."""

    static: str = "/static"
    theme: str = ""
    """`light` or `dark` when the reader chose; empty follows the system."""
    current: str = "Commits"
    """The label of `nav` that is marked as current."""
    workspace: tuple[str, ...] = ()
    """A line for each engagement that the reader works under."""
    nav: tuple[Link, ...] = (
        Link(label="Commits", href="/"),
        Link(label="Sessions", href="/sessions"),
        Link(label="Queue", href="/queue"),
        Link(label="Populations", href="/populations"),
        Link(label="Controls", href="/controls"),
        Link(label="Coverage", href="/coverage"),
        Link(label="Log", href="/log"),
    )


DEFAULT_PAGE: Final = Page()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(template: str, page: Page, **values: object) -> str:
    """Give the document of one template; a name that a template uses and nobody gave is an error."""
    return _environment().get_template(template).render(page=page, **values)


def render_answer(answer: Answer, page: Page = DEFAULT_PAGE, *, check: BrowserCheck | None = None) -> str:
    """Give the page of an answer, recorded or not; `check` lets the browser check the proof lines itself."""
    return render("answer.html", page, view=answer_view(answer, check))


def render_session(source: SessionSource, page: Page = DEFAULT_PAGE) -> str:
    """Give the page of a session. It holds words of the transcript: serve it with `no-store`."""
    return render("session.html", replace(page, current="Sessions"), view=session_view(source))


def render_not_kept(source: NotKept, page: Page = DEFAULT_PAGE) -> str:
    """Give the page of a session of which nothing but the statement was kept."""
    return render("not_kept.html", replace(page, current="Sessions"), view=not_kept_view(source))


def render_search(search: Search, page: Page = DEFAULT_PAGE) -> str:
    """Give the search page; `Search()` gives the home page."""
    return render("home.html", page, view=search_view(search))


def render_failure(failure: Failure, page: Page = DEFAULT_PAGE) -> str:
    """Give the page that replaces an answer whose evidence failed."""
    return render("failed.html", page, view=failure_view(failure))


def render_problem(error: AttestError, request_id: str, page: Page = DEFAULT_PAGE) -> str:
    """Give the page of an error: title, code, what to do, request id."""
    return render("problem.html", replace(page, current=""), view=problem_view(error, request_id))


def render_sign_in(view: SignInView, page: Page = DEFAULT_PAGE) -> str:
    """Give the sign-in page."""
    local = replace(view, action=local_path(view.action), next=local_path(view.next))
    return render("sign_in.html", replace(page, current=""), view=local)
