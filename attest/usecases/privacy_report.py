"""What an instance holds about people, for how long, and who may read it: counts and settings, and nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.rights import ROLES, Right
from attest.model.usage_rows import MIN_PEOPLE
from attest.store.held import Held, held_of
from attest.usecases.holds import active_holds
from attest.usecases.retain import logged_retention, read_retention

if TYPE_CHECKING:
    from attest.model.retention import Retention
    from attest.usecases.instance import Instance

NOT_DONE: Final = (
    "Nothing ranks, scores, averages or orders people; there is no time on task and no table of tokens by person.",
    f"Usage is added up by repository and cost centre, and not shown of fewer than {MIN_PEOPLE} people.",
    "How long somebody reads is not measured.",
    "No question at the service is about one person: none is taken, so there is none to approve.",
    "What names one person serves that person: privacy export, erase request --subject, actor. The first two are recorded.",
    "Capture ends at enrolled repositories; pause asks for no reason.",
)
"""What the product does not do (decision 14); `tools/lint_people.py` and the tests of every route hold it to that."""
OTHERS_NEED: Final = "an engagement that names the session, a purpose, and a record in the access log"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyReport:
    """What is held, for how long, and who may read it."""

    held: Held
    holds: int
    """Legal holds that are active."""
    retention: Retention
    retention_in_force: bool
    """Whether the file's setting is the one that was logged last: else nothing goes before it is."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form. Of people there are counts alone, and none below five."""
        held = self.held
        return {
            "statements": dict(held.statements),
            "rows": dict(held.rows),
            "part_bytes": held.part_bytes,
            "people": {"signers": at_least(held.signers), "disclosable": at_least(held.disclosable)},
            "retention_days": self.retention.to_json(),
            "retention_in_force": self.retention_in_force,
            "holds": self.holds,
            "access": {
                "records": held.accesses,
                "credentials": held.credentials,
                "roles_by_name": held.roles,
                "engagements": held.engagements,
                "roles_that_open_transcripts": list(readers()),
                "others_sessions_need": OTHERS_NEED,
            },
            "not_done": list(NOT_DONE),
        }


def privacy_report(instance: Instance) -> PrivacyReport:
    """Count what an instance holds; reads the database and the setting of retention, and opens no text.

    Raises:
        InvalidInput: `input.malformed`: the setting of retention cannot be read.
        CannotVerify: `evidence.chain`, what a log before this one holds is not known.
    """
    retention = read_retention(instance.settings.home)
    return PrivacyReport(
        held=held_of(instance.engine, instance.scope, int(instance.clock.now().timestamp())),
        holds=len(active_holds(instance).holds),
        retention=retention,
        retention_in_force=retention.digest == logged_retention(instance).digest,
    )


def at_least(people: int) -> int | str:
    """Give a number of people; a few are not counted, since who knows some of them would know the others."""
    return people if people == 0 or people >= MIN_PEOPLE else f"fewer than {MIN_PEOPLE}"


def readers() -> tuple[str, ...]:
    """Give the roles that open transcripts: one's own, and others' under an engagement."""
    return tuple(role.value for role, rights in ROLES.items() if Right.TRANSCRIPT in rights)
