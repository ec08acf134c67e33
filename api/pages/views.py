"""The view models of all pages, by the name under which the rest of the service asks for them."""

from api.pages.answer_view import AnswerView, BrowserCheck, answer_view
from api.pages.links import Link, attestation_href, checkpoint_href, commit_href, local_path, session_href
from api.pages.other_views import Failure, Found, Search, SignInView, failure_view, problem_view, search_view
from api.pages.session_rows import TranscriptPage
from api.pages.session_view import SessionSource, SessionView, session_view

__all__ = (
    "AnswerView",
    "BrowserCheck",
    "Failure",
    "Found",
    "Link",
    "Search",
    "SessionSource",
    "SessionView",
    "SignInView",
    "TranscriptPage",
    "answer_view",
    "attestation_href",
    "checkpoint_href",
    "commit_href",
    "failure_view",
    "local_path",
    "problem_view",
    "search_view",
    "session_href",
    "session_view",
)
