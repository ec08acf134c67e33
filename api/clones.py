"""The clones that the service was started with, as far as the caller may see what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import Absent, AttestError
from attest.git import Repository
from attest.ledger.index import normal_repository
from attest.usecases.commit_context import repository_name

if TYPE_CHECKING:
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
    held = service.instance.scope.repositories
    found = []
    for path in service.config.repositories:
        try:
            repository = Repository.open(path)
            tip = repository.default_branch() or repository.resolve("HEAD")
            uri = repository_name(repository, tip)
        except AttestError:
            continue
        if held is None or uri in held or normal_repository(uri) in held:
            found.append(Clone(name=uri.removeprefix("git+https://"), repository=repository, tip=tip))
    return tuple(found)


def clone_named(clones: tuple[Clone, ...], name: str) -> Clone:
    """Give a clone by the name of its repository; the first one where no name is given.

    Raises:
        Absent: `service.not-found`.
    """
    found = next((one for one in clones if not name or one.name == name), None)
    if found is None:
        raise Absent("service.not-found", "no clone of that repository is served here")
    return found
