"""Keys in a PKCS#11 token: an HSM, or SoftHSM. Made inside it, sensitive, not extractable, for signing alone.

Ed25519 (`CKM_EDDSA`) is made where the token knows it; what an HSM does not know is refused at first start, never put into a
file instead. One session is used by one thread at a time; after an error it is opened again at the next use.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from attest.errors import Refused
from attest.signing.embedded.held import family_of

if TYPE_CHECKING:
    import pkcs11
    from pkcs11 import KeyType, Mechanism

    from attest.signing.embedded.held import Sign

MAX_PIN_BYTES: Final = 256
_ED25519_OID: Final = bytes.fromhex("06032b6570")
"""The curve by its OID, RFC 8410; DER."""
_RAW_POINT: Final = bytes.fromhex("0420")
"""What stands before an Ed25519 point: an OCTET STRING of 32 bytes."""
Answer = TypeVar("Answer")


class _Signing(Protocol):
    def sign(self, data: bytes, *, mechanism: Mechanism) -> bytes: ...


@dataclass(slots=True, kw_only=True)
class Pkcs11Keys:
    """The keys of an instance in one token."""

    module: Path
    token: str
    pin_file: Path
    parts: frozenset[str]
    """Which keys are made here: `ca`, `ct`, `tsa`, `log`, `log-c2sp`, `root`."""
    _session: pkcs11.Session | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def name(self) -> str:
        """`pkcs11:token=<label>`."""
        return f"pkcs11:token={self.token}"

    def takes(self, part: str) -> bool:
        """Tell whether keys of this part, whatever their generation, are made in the token."""
        return family_of(part) in self.parts

    def p256(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Give a P-256 key's public half (DER SPKI) and what signs.

        Raises:
            Refused: `key.missing`; `key.unavailable`.
        """
        from pkcs11 import KeyType, Mechanism  # noqa: PLC0415 - a native library, for those who have a token
        from pkcs11.util.ec import (  # noqa: PLC0415
            encode_ec_public_key,
            encode_ecdsa_signature,
            encode_named_curve_parameters,
        )

        kinds = (KeyType.EC, encode_named_curve_parameters("secp256r1"), Mechanism.EC_KEY_PAIR_GEN)
        public = self._do(lambda session: encode_ec_public_key(self._public(session, label, kinds, make=make)))

        def sign(message: bytes) -> bytes:
            digest = hashlib.sha256(message).digest()
            raw = self._do(
                lambda session: self._private(session, label, kinds[0]).sign(digest, mechanism=Mechanism.ECDSA)
            )
            return bytes(encode_ecdsa_signature(raw))

        return bytes(public), sign

    def ed25519(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Give an Ed25519 key's public half (raw) and what signs.

        Raises:
            Refused: `key.missing`; `key.unavailable`.
        """
        from pkcs11 import Attribute, KeyType, Mechanism  # noqa: PLC0415

        kinds = (KeyType.EC_EDWARDS, _ED25519_OID, Mechanism.EC_EDWARDS_KEY_PAIR_GEN)
        point = self._do(lambda session: bytes(self._public(session, label, kinds, make=make)[Attribute.EC_POINT]))

        def sign(message: bytes) -> bytes:
            return bytes(
                self._do(
                    lambda session: self._private(session, label, kinds[0]).sign(message, mechanism=Mechanism.EDDSA)
                )
            )

        return point.removeprefix(_RAW_POINT), sign

    def _public(
        self, session: pkcs11.Session, label: str, kinds: tuple[KeyType, bytes, Mechanism], *, make: bool
    ) -> pkcs11.PublicKey:
        from pkcs11 import Attribute, MechanismFlag, ObjectClass  # noqa: PLC0415

        kind, curve, mechanism = kinds
        found = list(
            session.get_objects(
                {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.LABEL: label, Attribute.KEY_TYPE: kind}
            )
        )
        if not found and make:
            domain = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve}, local=True)
            public, _ = domain.generate_keypair(
                mechanism=mechanism,
                store=True,
                label=label,
                id=hashlib.sha256(label.encode()).digest()[:16],
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            found = [cast("pkcs11.Object", public)]
        if len(found) != 1:
            raise Refused(
                "key.missing", f"the token holds {len(found)} keys of this name", where=f"{self.name} {label}"
            )
        return cast("pkcs11.PublicKey", found[0])

    def _private(self, session: pkcs11.Session, label: str, kind: KeyType) -> _Signing:
        from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: label, Attribute.KEY_TYPE: kind}
        found = list(session.get_objects(wanted))
        if len(found) != 1:
            raise Refused(
                "key.missing", f"the token holds {len(found)} keys of this name", where=f"{self.name} {label}"
            )
        return cast("_Signing", found[0])

    def _do(self, ask: Callable[[pkcs11.Session], Answer]) -> Answer:
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415

        with self._lock:
            try:
                if self._session is None:
                    self._session = self._open()
                return ask(self._session)
            except (PKCS11Error, OSError, RuntimeError) as err:
                self._session = None
                # The library's own words are not passed on: nothing of what was sent to it is to be in an error.
                raise Refused("key.unavailable", type(err).__name__, where=self.name) from None

    def _open(self) -> pkcs11.Session:
        import pkcs11  # noqa: PLC0415
        from pkcs11.exceptions import UserAlreadyLoggedIn  # noqa: PLC0415

        token = pkcs11.lib(str(self.module)).get_token(token_label=self.token)
        try:
            return token.open(rw=True, user_pin=_read_pin(self.pin_file))
        except UserAlreadyLoggedIn:  # another session of this process did so
            return token.open(rw=True)


def _read_pin(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(MAX_PIN_BYTES + 1)
    if len(raw) > MAX_PIN_BYTES or path.stat().st_mode & 0o077:
        raise Refused("key.unavailable", "the file of the PIN is for its owner alone, and short", where=str(path))
    return raw.decode().strip()
