"""One instance of Whereof put together: settings, store, keys, log and signer. Built by `open_instance` alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, Refused
from attest.model.admin_keys import KeyRole
from attest.model.scope import Scope
from attest.signing.embedded.instance import Instance as EmbeddedSigstore
from attest.signing.embedded.instance import open_instance as open_sigstore
from attest.signing.revocation import add_revocations, parse_revocations
from attest.store.durable import create_file, replace_file
from attest.store.engine import open_engine
from attest.store.folder import Folder
from attest.store.guards import require_append_only, require_durable
from attest.store.index_keying import first_index_envelope, new_keying, require_as_set
from attest.store.keyring import FileKeyRing
from attest.store.known_heads import KnownHeads
from attest.store.log_reader import LogReader
from attest.store.log_store import Append, LogStore
from attest.store.migrate import migrate_embedded
from attest.store.objects import ObjectStore
from attest.store.restore_guard import RestoreGuard
from attest.store.schema import require_schema
from attest.usecases.genesis import what_is_followed
from attest.usecases.home_file import is_there
from attest.usecases.key_store import read_key_store
from attest.usecases.log_keying import stored_keying
from attest.usecases.tenant_secrets import TenantSecrets

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from attest.clock import Clock, Entropy
    from attest.settings import Settings
    from attest.store.engine import Engine
    from attest.store.files import Files
    from attest.usecases.followed import AnsweringLog

DEFAULT_LOG: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Everything a use case may need, by name."""

    settings: Settings
    scope: Scope
    clock: Clock
    entropy: Entropy
    engine: Engine
    keys: FileKeyRing
    objects: ObjectStore
    services: EmbeddedSigstore
    """The embedded Sigstore: CA, timestamp authority, OIDC issuer and the log's keys."""
    log: LogStore
    append: Append
    """How entries come into the log: at once, or in groups with those of others."""
    guard: RestoreGuard
    """Knows the heads that others hold: nothing is signed while the log is behind one."""
    before: dict[Path, tuple[AnsweringLog, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The logs before this one by what names them, once they were asked for (`attest.usecases.followed`)."""
    after: tuple[Engine, ...] = ()
    """Databases of the other logs of a chain, where this reads one that has ended: an erasure may stand in any of them."""

    @property
    def private(self) -> bool:
        """Tell whether the log is for those alone who may ask it."""
        return self.log.keying.private or bool(self.settings.log_private)

    @property
    def follows(self) -> str | None:
        """The origin of the log that its own one follows; None where it follows none."""
        return str(self.log.follows["origin"]) if self.log.follows is not None else None

    @property
    def log_id(self) -> bytes:
        """The id of its own log in bundles and receipts."""
        return hashlib.sha256(self.services.log.sigstore_key).digest()

    @property
    def secrets(self) -> TenantSecrets:
        """The secrets of the tenant, by generation."""
        return TenantSecrets(self.keys, self.clock, self.entropy, self.scope.tenant)

    def tenant_secret(self) -> bytes:
        """Give the tenant's secret, made and kept durably before its first use."""
        return self.tenant_secrets()[0]

    def tenant_secrets(self) -> tuple[bytes, ...]:
        """Give the tenant's secret, then those before it: what they keyed is still to be found."""
        return self.secrets.known()

    def tenant_secret_of(self, named: str) -> bytes:
        """Give the tenant's secret that was in force when something was given its name, `…_<ULID>`."""
        return self.secrets.at_birth(KeyRole.TENANT, named)


def open_instance(settings: Settings, *, clock: Clock, entropy: Entropy) -> Instance:
    """Open the instance of a data directory, making what is not there yet: schema, keys, trust root, genesis.

    Raises:
        Refused: `ledger.rollback` or `ledger.corrupt`: going on could break a promise already made; `store.refused`:
            the object store overwrites what must be created once; `store.not-durable` or `store.not-append-only`: the
            database would; `ledger.keying`: the log is private and the setting says public, or the other way.
        CannotVerify: `evidence.index-key`, the secret of a private log is not in the key ring.
    """
    instance = assemble_instance(settings, clock=clock, entropy=entropy)
    try:
        _make_ready(instance)
    except BaseException:
        instance.engine.dispose()
        raise
    return instance


def open_to_serve(settings: Settings, *, clock: Clock, entropy: Entropy) -> tuple[Instance, Refused | None]:
    """Open the instance as `open_instance` does; a log that may sign nothing is opened for reading alone.

    Gives the reason beside the instance then: its `append` raises the same, whatever is to be appended.

    Raises:
        Refused: what `open_instance` raises, but `ledger.rollback`.
    """
    try:
        return open_instance(settings, clock=clock, entropy=entropy), None
    except Refused as err:
        if err.code != "ledger.rollback":
            raise
        reason = err
    # Its `append` compares with the same heads, and refuses each group for the same reason.
    instance = assemble_instance(settings, clock=clock, entropy=entropy)
    # An `erasure/v1` may be among the entries that are missing here, so that no text can be shown.
    instance.keys.withhold("session/", "vault/")
    return instance, reason


def _make_ready(instance: Instance) -> None:
    require_durable(instance.engine)
    if instance.engine.dialect.name == "postgresql":
        require_append_only(instance.engine)
    instance.objects.probe()
    instance.guard.require()
    require_as_set(instance.log.keying, instance.settings.log_private)
    instance.log.keying.require()
    instance.log.ensure()
    begun = stored_keying(
        first_index_envelope(instance.engine, instance.scope, instance.log.name),
        instance.scope,
        instance.log.name,
        instance.keys,
    )
    if begun is None or begun.name != instance.log.keying.name:  # another process began it with another setting
        raise Refused("ledger.keying", expected=begun.name if begun else "an index leaf", got=instance.log.keying.name)
    keep_trusted_root(instance)
    from attest.usecases.erased import logged_erasures  # noqa: PLC0415 - it uses what is put together here

    # Before anything is shown: a restored key ring must not bring back what was erased.
    if next(logged_erasures(instance), None) is not None:
        from attest.usecases.erasures import replay_erasures  # noqa: PLC0415 - loads the engines of redaction

        replay_erasures(instance)


def keep_trusted_root(instance: Instance) -> None:
    """Keep this instance's own trusted root where its verifiers look; a later announcement of keys replaces it."""
    path, own = instance.settings.trust_dir / "trusted_root.json", instance.services.trusted_root
    if not create_file(path, own) and instance.services.authorities.rotated and path.read_bytes() != own:
        replace_file(path, own)
    if instance.services.authorities.rotated and (revoked := instance.services.authorities.revoked()):
        _keep_revoked(path.with_name("revocations.json"), revoked)


def _keep_revoked(path: Path, revoked: tuple[tuple[bytes, datetime], ...]) -> None:
    """Add our own to the list that is there: whoever keeps this machine may have named others."""
    try:
        there = parse_revocations(path.read_bytes()) if is_there(path) else ()
    except (CannotVerify, OSError):
        return  # left as it is: no verifier of this machine judges anything until it is mended
    wanted = add_revocations(there, revoked)
    if not path.is_file() or path.read_bytes() != wanted:
        replace_file(path, wanted)


def assemble_instance(settings: Settings, *, clock: Clock, entropy: Entropy) -> Instance:
    """Put an instance together without looking at the state of its log: for those who are about to check it."""
    engine = open_database(settings)
    keys = FileKeyRing(settings.keys_dir, entropy)
    holder = read_key_store(settings.home)
    services = open_sigstore(keys, clock, entropy, origin=settings.log_origin, holder=holder)
    scope = Scope(settings.tenant)
    objects, logs = open_files(settings)
    log = LogStore(
        engine, scope, DEFAULT_LOG, authority=services.log, clock=clock, directory=settings.logs_dir, files=logs
    )
    log.follows = what_is_followed(LogReader(engine, scope, DEFAULT_LOG), settings.home)
    log.keying = stored_keying(
        first_index_envelope(engine, scope, DEFAULT_LOG), scope, DEFAULT_LOG, keys
    ) or new_keying(scope, DEFAULT_LOG, keys, entropy, private=bool(settings.log_private))
    heads = KnownHeads(settings.heads_dir / DEFAULT_LOG, services.log.origin)
    guard = RestoreGuard(engine, scope, DEFAULT_LOG, heads)
    return Instance(
        settings=settings,
        scope=scope,
        clock=clock,
        entropy=entropy,
        engine=engine,
        keys=keys,
        objects=ObjectStore(objects),
        services=services,
        log=log,
        append=guard.guarding(log.append),
        guard=guard,
    )


def open_files(settings: Settings) -> tuple[Files, Files]:
    """Give where objects and where logs are kept: folders of the data directory, or the same names in a bucket."""
    if settings.objects_url is None:
        settings.objects_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Folder(settings.objects_dir), Folder(settings.logs_dir)
    from attest.store.s3 import open_bucket  # noqa: PLC0415 - the client takes time to load, and few have a bucket

    bucket = open_bucket(settings.objects_url, settings.objects_endpoint)
    return bucket.within(settings.objects_dir.name), bucket.within(settings.logs_dir.name)


def open_database(settings: Settings) -> Engine:
    """Open the database of an instance, an embedded one brought to this version's schema.

    Raises:
        CannotVerify: `store.schema` or `store.schema-newer`.
    """
    engine = open_engine(settings)
    try:
        migrate_embedded(engine, settings)
        require_schema(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine
