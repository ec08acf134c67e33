"""Where new keys of some roles are made instead of in the ring: one strict file, `key-store.json` in the data directory.

| `kind` | members beside `kind` and `parts` |
|---|---|
| `pkcs11` | `module`, the token's library; `token`, its label; `pinFile`, readable by its owner alone |
| `aws-kms` | `region`; `endpoint`, where it is not AWS's own |

`parts` names what is made there: `root`, `ca`, `ct`, `tsa`, `log`, and with `pkcs11` `log-c2sp`. A key that was made before
stays where it is; `whereof keys rotate` makes the next one there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.usecases.home_file import home_json, is_there

if TYPE_CHECKING:
    from attest.signing.embedded.held import KeyHolder

FILE_NAME: Final = "key-store.json"
MAX_FILE_BYTES: Final = 16 * 1024
P256_PARTS: Final = frozenset({"root", "ca", "ct", "tsa", "log"})


def read_key_store(home: Path) -> KeyHolder | None:
    """Give where keys are held; None where there is no such file, and the ring holds them all.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such; it is never ignored.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return None
    try:
        value = home_json(path, MAX_FILE_BYTES)
        found = _holder(value)
    except (ValueError, KeyError, TypeError) as err:
        raise InvalidInput("input.malformed", where=str(path)) from err
    if found is None:
        raise InvalidInput(
            "input.malformed", expected="kind pkcs11 or aws-kms, its members, and parts", where=str(path)
        )
    return found


def _holder(value: object) -> KeyHolder | None:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values() if one != value["parts"]):
        return None
    parts = frozenset(value.pop("parts"))
    match value:
        case {"kind": "pkcs11", "module": module, "token": token, "pinFile": pin, **others} if not others:
            from attest.signing.embedded.pkcs11_keys import Pkcs11Keys  # noqa: PLC0415 - for those who have a token

            if parts and parts <= P256_PARTS | {"log-c2sp"}:
                return Pkcs11Keys(module=Path(module), token=token, pin_file=Path(pin), parts=parts)
        case {"kind": "aws-kms", "region": region, **others} if others.keys() <= {"endpoint"}:
            from attest.signing.embedded.kms_keys import AwsKmsKeys  # noqa: PLC0415

            if parts and parts <= P256_PARTS:
                return AwsKmsKeys(region=region, parts=parts, endpoint=others.get("endpoint"))
    return None
