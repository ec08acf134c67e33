"""What the Sigstore services keep, on both databases: pseudonyms, tokens used up, entries by leaf hash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from attest.model.scope import Scope
from attest.store.actors import keep_actor, salt_of, uri_of
from attest.store.entry_names import entry_at, index_of, tell_name
from attest.store.used_tokens import KEEP_S, use_once
from attest.usecases.instance import Instance

OTHER = Scope("ten_other")
WHO = {"issuer": "https://idp.example.test", "subject": "ada"}


def test_token_is_used_up_once_whoever_asks_and_per_tenant(instance: Instance) -> None:
    engine, digest = instance.engine, b"d" * 32
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(use_once, engine, instance.scope, digest, expires_at=2_000, at=1_000) for _ in range(8)]
        assert sorted(one.result() for one in asked) == [False] * 7 + [True]
    assert use_once(engine, OTHER, digest, expires_at=2_000, at=1_000)


def test_used_token_is_forgotten_only_long_after_its_end(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    assert use_once(engine, scope, b"a" * 32, expires_at=2_000, at=1_000)
    assert use_once(engine, scope, b"b" * 32, expires_at=2_000 + KEEP_S, at=2_000 + KEEP_S)
    assert not use_once(engine, scope, b"a" * 32, expires_at=2_000, at=1_000)
    assert use_once(engine, scope, b"c" * 32, expires_at=3_000 + KEEP_S, at=2_001 + KEEP_S)
    assert use_once(engine, scope, b"a" * 32, expires_at=2_000, at=1_000)


def test_person_keeps_the_first_pseudonym_and_no_other_tenant_knows_it(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    with ThreadPoolExecutor(4) as pool:
        names = [f"https://host/actor/{at}" for at in range(4)]
        asked = [pool.submit(keep_actor, engine, scope, **WHO, uri=name, salt=name.encode(), at=1) for name in names]
        (kept,) = {one.result() for one in asked}
    assert uri_of(engine, scope, **WHO) == kept
    assert salt_of(engine, scope, kept) == (kept.encode(), *WHO.values())
    assert (uri_of(engine, OTHER, **WHO), salt_of(engine, OTHER, kept)) == (None, None)


def test_entry_is_found_by_the_name_that_was_told(instance: Instance) -> None:
    engine, scope, log = instance.engine, instance.scope, instance.log.name
    genesis = entry_at(engine, scope, log, 0)
    assert genesis is not None
    assert (genesis.kind, genesis.receipt.index) == ("genesis", 0)
    assert index_of(engine, scope, log, genesis.leaf_hash) is None
    for _ in range(2):
        tell_name(engine, scope, log, genesis.leaf_hash, index=0)
    assert index_of(engine, scope, log, genesis.leaf_hash) == 0
    assert index_of(engine, OTHER, log, genesis.leaf_hash) is None
    assert (entry_at(engine, scope, log, 99), entry_at(engine, OTHER, log, 0)) == (None, None)
