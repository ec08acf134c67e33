"""The clones that the service was started with, as far as the caller may see what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from attest.errors import Absent, AttestError
from attest.git import Repository
from attest.ledger.index import normal_repository
from attest.usecases.commit_context import repository_name

if TYPE_CHECKING:
    from pathlib import Path

    from api.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """One clone."""

    name: str
    """Its repository as statements name it, without `git+https://`."""
    repository: Repository
    tip: str
    """Of the default branch as last fetched, else of HEAD."""


def clones_of(service: Service) -> tuple[Clone, ...]:
    """Give the clones in the order of the configuration; one that is empty or cannot be read is left out."""
    found = []
    for path in service.config.repositories:
        try:
            repository = _opened(path)
            tip = repository.default_branch() or repository.resolve("HEAD")
            uri = repository_name(repository, tip)
        except AttestError:
            continue
        if _may_see(service, uri):
            found.append(Clone(name=uri.removeprefix("git+https://"), repository=repository, tip=tip))
    return tuple(found)


def clone_with(service: Service, oid: str) -> Repository | None:
    """Give the first clone that has a commit and whose repository the caller may see; None where there is none.

    Raises:
        InvalidInput: there is no repository where one was named.
    """
    for path in service.config.repositories:
        clone = _opened(path)
        # A caller who sees everything asks no clone for its name.
        everything = service.instance.scope.repositories is None
        if clone.has_commit(oid) and (everything or _may_see(service, repository_name(clone, oid))):
            return clone
    return None


def _may_see(service: Service, uri: str) -> bool:
    held = service.instance.scope.repositories
    return held is None or uri in held or normal_repository(uri) in held


@lru_cache(maxsize=256)
def _opened(path: Path) -> Repository:
    # A clone stays where it was at start; what is in it is asked anew each time.
    return Repository.open(path)


def clone_named(clones: tuple[Clone, ...], name: str) -> Clone:
    """Give a clone by the name of its repository; the first one where no name is given.

    Raises:
        Absent: `service.not-found`.
    """
    found = next((one for one in clones if not name or one.name == name), None)
    if found is None:
        raise Absent("service.not-found", "no clone of that repository is served here")
    return found
