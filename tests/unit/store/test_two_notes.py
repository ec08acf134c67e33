"""Two notes of one size that disagree, on both databases: what each part that sees them says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attest.errors import Refused
from attest.ledger.note import decode_vkey
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance
from tests.unit.usecases.signed_entries import signed_entries

OTHER = b"\x07" * 32


@pytest.mark.parametrize("note", ["c2sp_note", "sigstore_note"])
def test_a_stored_note_of_another_root_is_named_by_its_head(
    instance: Instance, as_owner: Callable[[str], None], note: str
) -> None:
    size = instance.log.append(signed_entries(instance, 1))[-1].tree_size
    heads = instance.services.log.sign_heads(size, OTHER)
    postgresql = instance.engine.dialect.name == "postgresql"
    as_owner("ALTER TABLE tree_head DISABLE TRIGGER USER" if postgresql else "DROP TRIGGER tree_head_no_update")
    text = heads.c2sp if note == "c2sp_note" else heads.sigstore
    as_owner(f"UPDATE tree_head SET {note} = '{text}' WHERE tree_size = {size}")

    problems = fsck(instance, FsckDepth(), on_progress=lambda *_: None).problems

    assert any(one.startswith(f"head {size}") for one in problems), problems


def test_a_log_shown_a_note_of_its_own_with_another_root_signs_nothing_more(instance: Instance) -> None:
    """The second note is signed by the log itself: whoever holds both can show two histories."""
    authority = instance.services.log
    size = instance.append(signed_entries(instance, 1))[-1].tree_size
    note = authority.sign_heads(size + 1, OTHER).c2sp
    instance.guard.heads.keep("handed-in-1", note, decode_vkey(authority.verifier_key))
    with pytest.raises(Refused) as behind:
        instance.append(signed_entries(instance, 1))
    assert (behind.value.code, behind.value.where) == ("ledger.rollback", "handed-in-1")
    same = authority.sign_heads(size, OTHER).c2sp
    instance.guard.heads.keep("handed-in-2", same, decode_vkey(authority.verifier_key))
    (instance.guard.heads.directory / "handed-in-1").unlink()
    with pytest.raises(Refused) as caught:
        instance.guard.require()
    assert (caught.value.code, caught.value.where) == ("ledger.corrupt", "handed-in-2")
