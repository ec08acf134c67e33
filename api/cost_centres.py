"""`cost-centres.json` in the data directory: which cost centre each repository is of, as the operator says.

{"git+https://forge.example/ada/pond": "CC-1200"}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.ledger.index import normal_repository
from attest.signing.strict import parse_json

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "cost-centres.json"
MAX_BYTES: Final = 1024 * 1024
_CODE: Final = "service.cost-centres"
_CENTRE: Final = re.compile(r"[A-Za-z0-9._:/@+ -]{1,64}", re.ASCII)


def load_cost_centres(home: Path) -> dict[str, str]:
    """Give the cost centre of each repository; empty where the file is not there.

    Raises:
        CannotVerify: `service.cost-centres`, it is larger than 1 MiB, or not of that form.
    """
    try:
        with (home / FILE_NAME).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as err:
        raise CannotVerify(_CODE, where=FILE_NAME) from err
    fields = parse_json(raw, MAX_BYTES, where=FILE_NAME, error=CannotVerify, code=_CODE)
    found = {}
    for repository in fields.value:
        centre = fields.text(repository, 64)
        if not _CENTRE.fullmatch(centre):
            raise CannotVerify(_CODE, expected=_CENTRE.pattern, where=FILE_NAME)
        found[normal_repository(repository)] = centre
    return found
