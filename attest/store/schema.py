"""Which schema a database has, and whether this version may work on it.

Revisions are numbered. Each adds to the last, so that the version before runs on it too: an upgrade migrates first and
is rolled back by starting the older version again. A revision that takes something away says so in its name:
`0012_since_0009` is for versions that know revision 0009, and so are all that follow it.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from sqlalchemy import Engine

REVISION_NAME: Final = re.compile(r"(?P<number>[0-9]{4})(?:_since_(?P<since>[0-9]{4}))?", re.ASCII)
_REVISION: Final = re.compile(r"""^revision(?::[^=\n]+)? = ["'](\w+)["']""", re.MULTILINE)
_FOLLOWS: Final = re.compile(r"""^down_revision(?::[^=\n]+)? = ["'](\w+)["']""", re.MULTILINE)


class Standing(enum.StrEnum):
    """How a database's schema stands to this version's."""

    CURRENT = "current"
    AHEAD = "ahead"
    """A newer version migrated it, and this one still works on it."""
    BEHIND = "behind"
    """Migrations of this version are missing, or all."""
    BEYOND = "beyond"
    """A newer version took away what this one needs, or the revision is not one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The schema of a database beside this version's."""

    found: str | None
    newest: str
    standing: Standing

    @property
    def workable(self) -> bool:
        """Tell whether this version may read and write."""
        return self.standing in {Standing.CURRENT, Standing.AHEAD}


def schema_of(engine: Engine) -> Schema:
    """Look at the database's revision; nothing is changed."""
    with engine.connect() as connection:
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    newest = newest_revision()
    return Schema(found=found, newest=newest, standing=_standing(found, newest))


def require_schema(engine: Engine) -> None:
    """Refuse to work on a database that this version's migrations did not make, nor those of one that kept to them.

    Raises:
        CannotVerify: `store.schema`, migrations are missing; `store.schema-newer`, it is for newer versions alone.
    """
    schema = schema_of(engine)
    if schema.workable:
        return
    code = "store.schema" if schema.standing is Standing.BEHIND else "store.schema-newer"
    raise CannotVerify(code, expected=schema.newest, got=schema.found or "no schema")


def migrations_dir() -> Path:
    """Where the migrations are: beside this package in a wheel, at the top of a checkout."""
    packaged = Path(str(resources.files("attest.store"))) / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "migrations"


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """Give the revision that no other follows, read from the texts of the migrations: running them takes long.

    Raises:
        CannotVerify: `store.schema`, they do not lead to one revision.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted((migrations_dir() / "versions").glob("*.py"))]
    own = {match[1] for text in texts if (match := _REVISION.search(text))}
    followed = {match[1] for text in texts if (match := _FOLLOWS.search(text))}
    newest = own - followed
    if len(newest) != 1 or len(own) != len(texts):
        raise CannotVerify("store.schema", expected="one newest migration", got=f"{len(newest)}")
    return newest.pop()


def _standing(found: str | None, newest: str) -> Standing:
    if found == newest:
        return Standing.CURRENT
    if found is None:
        return Standing.BEHIND
    theirs, ours = REVISION_NAME.fullmatch(found), REVISION_NAME.fullmatch(newest)
    if theirs is None or ours is None or theirs["number"] == ours["number"]:
        return Standing.BEYOND
    if theirs["number"] < ours["number"]:
        return Standing.BEHIND
    return Standing.AHEAD if (theirs["since"] or "") <= ours["number"] else Standing.BEYOND
