"""P-256 keys in AWS KMS: made there, found by alias, never read. Ed25519 is not asked of it: that key stays in the ring.

Messages up to 4096 bytes are sent as they are, longer ones as their SHA-256, as KMS takes them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from attest.errors import Refused
from attest.signing.embedded.held import family_of

if TYPE_CHECKING:
    from attest.signing.embedded.held import Sign

MAX_RAW_BYTES: Final = 4096
CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_S: Final = 10
ATTEMPTS: Final = 3


@dataclass(slots=True, kw_only=True)
class AwsKmsKeys:
    """The keys of an instance in one account and region; credentials are found as AWS's own tools find them."""

    region: str
    parts: frozenset[str]
    endpoint: str | None = None
    _client: Any = field(default=None, init=False, repr=False)  # boto3 makes its clients' classes as it runs

    @property
    def name(self) -> str:
        """`aws-kms:<region>`."""
        return f"aws-kms:{self.region}"

    def takes(self, part: str) -> bool:
        """Tell whether keys of this part, whatever their generation, are made in KMS."""
        return family_of(part) in self.parts

    def p256(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Give a P-256 key's public half (DER SPKI) and what signs.

        Raises:
            Refused: `key.missing`; `key.unavailable`.
        """
        alias = f"alias/{label}"
        public = self._find(alias)
        if public is None and make:
            made = self._ask("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Description=label)
            self._ask("create_alias", AliasName=alias, TargetKeyId=made["KeyMetadata"]["KeyId"])
            public = self._find(alias)
        if public is None:
            raise Refused("key.missing", where=f"{self.name} {label}")

        def sign(message: bytes) -> bytes:
            raw = len(message) <= MAX_RAW_BYTES
            answer = self._ask(
                "sign",
                KeyId=alias,
                Message=message if raw else hashlib.sha256(message).digest(),
                MessageType="RAW" if raw else "DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
            return bytes(answer["Signature"])

        return public, sign

    def ed25519(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        """Refuse: not built.

        Raises:
            Refused: `key.unavailable`.
        """
        raise Refused("key.unavailable", f"no Ed25519 key is {'made' if make else 'kept'} here", where=label)

    def _find(self, alias: str) -> bytes | None:
        from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            return bytes(self._connected().get_public_key(KeyId=alias)["PublicKey"])
        except ClientError as err:
            if err.response.get("Error", {}).get("Code") == "NotFoundException":
                return None
            raise self._failed(err) from None
        except Exception as err:  # noqa: BLE001 - whatever a client raises is one answer here
            raise self._failed(err) from None

    def _ask(self, what: str, **members: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._connected(), what)(**members)
        except Exception as err:  # noqa: BLE001 - whatever a client raises is one answer here
            raise self._failed(err) from None
        return answer

    def _failed(self, err: Exception) -> Refused:
        # The client's own words may name what was sent, or with which credentials.
        return Refused("key.unavailable", type(err).__name__, where=self.name)

    def _connected(self) -> Any:  # noqa: ANN401 - as above
        if self._client is None:
            import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - takes time to load, and few have KMS
            from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415

            config = Config(
                connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, retries={"max_attempts": ATTEMPTS}
            )
            self._client = boto3.client("kms", region_name=self.region, endpoint_url=self.endpoint, config=config)
        return self._client
