"""Where the logs before this machine's own one are: settings alone, so that `verify` reads them without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from attest.errors import InvalidInput
from attest.evidence.chain import MAX_CHAIN
from attest.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from attest.settings import Settings

MAX_ENVIRONMENT_BYTES: Final = 64 * 1024


def settings_of(place: Path) -> Settings:
    """Give the settings of a log that `$WHEREOF_FOLLOWED` names.

    Raises:
        InvalidInput: it is no data directory and no file of `NAME=VALUE` lines.
    """
    if place.is_dir():
        return read_settings({"WHEREOF_HOME": str(place)})
    try:
        with place.open("rb") as file:
            text = file.read(MAX_ENVIRONMENT_BYTES).decode()
        lines = (line.split("=", 1) for line in text.splitlines() if line.strip() and not line.startswith("#"))
        values = {name.strip(): value.strip() for name, value in lines}
    except (OSError, ValueError) as err:
        raise InvalidInput("input.not-found", "$WHEREOF_FOLLOWED names no log", where=str(place)) from err
    if "WHEREOF_HOME" not in values:
        raise InvalidInput("input.malformed", expected="a line WHEREOF_HOME=…", where=str(place))
    return read_settings(values)


class Places(TypedDict):
    """Where this machine keeps what a verification reads."""

    bundles_dir: Path
    bundles_before: tuple[Path, ...]
    trust_dir: Path


def places_of(settings: Settings) -> Places:
    """Give where bundles and pinned roots of this machine are, those of the logs before among them.

    Raises:
        InvalidInput: as for `bundles_before`.
    """
    return Places(
        bundles_dir=settings.bundles_dir, bundles_before=bundles_before(settings), trust_dir=settings.trust_dir
    )


def bundles_before(settings: Settings) -> tuple[Path, ...]:
    """Give the folders in which the logs before left their bundles, newest first.

    Raises:
        InvalidInput: as for `settings_of`; or they are more than a chain may have.
    """
    found: list[Path] = []
    while settings.followed is not None:
        if len(found) == MAX_CHAIN:
            raise InvalidInput("input.too-large", "a chain of logs", expected=f"<= {MAX_CHAIN}")
        settings = settings_of(settings.followed)
        found.append(settings.bundles_dir)
    return tuple(found)
