"""Where things are and how large they may get: one frozen value, read once from the environment by a `main`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TENANT = "ten_local"
"""The tenant of an embedded instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an instance needs to know before it does anything."""

    home: Path
    """The data directory (`$WHEREOF_HOME`): store, keys, objects, tiles, bundles, trust root."""
    tenant: str = DEFAULT_TENANT
    database_url: str | None = None
    """SQLAlchemy URL; None is SQLite in `home`."""
    log_origin: str | None = None
    """Origin of the log (`$WHEREOF_LOG_ORIGIN`), used at first start only; None draws one."""
    objects_url: str | None = None
    """`s3://bucket/prefix` (`$WHEREOF_OBJECTS`) for objects and published logs; None keeps them in `home`."""
    objects_endpoint: str | None = None
    """Address of the S3 service (`$WHEREOF_OBJECTS_ENDPOINT`); None is AWS's, or what its own variables name."""
    log_private: bool | None = None
    """Whether checkpoint and tiles are for those with a token, and index keys need a secret (`$WHEREOF_LOG_PRIVATE`).
    A log is public or private from its first entry on: None takes it as it is, and begins a public one."""
    followed: Path | None = None
    """Where the log is that this instance's own one follows (`$WHEREOF_FOLLOWED`): its data directory, or a file with its
    environment; complete answers cover it then."""
    server: str | None = None
    """Address of a Whereof service (`$WHEREOF_SERVER`); None means this machine alone."""
    otlp_endpoint: str | None = None
    """Address of a collector for the service's traces (`$WHEREOF_OTLP_ENDPOINT`); None: none are made."""

    @property
    def keys_dir(self) -> Path:
        """Where wrapped keys live, apart from what they protect."""
        return self.home / "keys"

    @property
    def objects_dir(self) -> Path:
        """Where encrypted parts and public blobs live, by digest."""
        return self.home / "objects"

    @property
    def logs_dir(self) -> Path:
        """Where checkpoints and tiles live, ready to be served as files."""
        return self.home / "logs"

    @property
    def heads_dir(self) -> Path:
        """Where heads that others hold are kept, outside the database: a restored one must not forget them."""
        return self.home / "heads"

    @property
    def bundles_dir(self) -> Path:
        """Where `record` leaves each bundle as a plain file, by commit."""
        return self.home / "bundles"

    @property
    def index_keys_dir(self) -> Path:
        """Where the index keys of private logs are kept that this machine may ask, one file each."""
        return self.home / "index-keys"

    @property
    def trust_dir(self) -> Path:
        """Where the trust root of this instance is kept for `verify`."""
        return self.home / "trust"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Build the settings from environment variables; nothing is created and nothing is checked on disk."""
    home = environment.get("WHEREOF_HOME") or _default_home(environment)
    return Settings(
        home=Path(home).expanduser(),
        database_url=environment.get("WHEREOF_DATABASE_URL") or None,
        log_origin=environment.get("WHEREOF_LOG_ORIGIN") or None,
        objects_url=environment.get("WHEREOF_OBJECTS") or None,
        objects_endpoint=environment.get("WHEREOF_OBJECTS_ENDPOINT") or None,
        log_private=_private(environment.get("WHEREOF_LOG_PRIVATE", "")),
        followed=Path(followed).expanduser() if (followed := environment.get("WHEREOF_FOLLOWED")) else None,
        server=environment.get("WHEREOF_SERVER") or None,
        otlp_endpoint=environment.get("WHEREOF_OTLP_ENDPOINT") or None,
    )


def _private(value: str) -> bool | None:
    # Whatever is set means it, but for what says no: a misspelt yes must not publish a log.
    return value.lower() not in {"0", "no", "false"} if value else None


def _default_home(environment: Mapping[str, str]) -> Path:
    state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "~")) / ".local" / "state")
    return Path(state) / "whereof"
