"""Judging one piece of evidence for one commit: the bundle under its pinned root, then its statement in this clone.

Steps, numbered as the report numbers them:

1. bundle       it parses, and names a pinned log
2. signature    certificate, time stamps, entry timestamp, inclusion, checkpoint, signature, entry (signing.verify)
3. statement    in-toto Statement v1; a predicate of ours is of its closed shape
4. subject      it is about this commit: SHA-256 of the raw commit object, oid and tree
5. files        the changed files recomputed from the clone give the root that was signed; of a link, the patches agree
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.evidence.commit_check import check_changed_files, check_subject, check_verdict
from attest.evidence.locate import FoundBundle, Place
from attest.evidence.trust import root_for
from attest.ledger.tree import leaf_hash
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.predicates import PREDICATES
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.summary_types import VERDICTS_SIGNED
from attest.model.verdict import EvidenceReport, Logged, Outcome, Step, Verdict
from attest.signing.bundle_shape import read_bundle
from attest.signing.dsse import Envelope
from attest.signing.verify import AnyIdentity, verify_bundle

if TYPE_CHECKING:
    from attest.evidence.range_files import RangeFiles
    from attest.evidence.trust import PinnedRoot
    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.statement import Statement
    from attest.signing.bundle import Bundle
    from attest.signing.memo import Memo
    from attest.signing.verify import Verified

COUNTED: Final = (SESSION_V1, DECLARATION_V1)
"""What can satisfy the built-in policy (D9): a session, or a person's declaration; both bind commit and files."""
HUMAN: Final = (REVIEW_V1, EXCEPTION_V1)
"""Bound to commit and files like those, and never enough alone: only a policy's rule can ask for them."""
STEP_NAMES: Final = ("bundle", "signature", "statement", "subject", "files")


@dataclass(slots=True, kw_only=True)
class _Judgement:
    """What is known while the steps are done."""

    source: str
    sha256: str
    named: bool
    steps: list[Step] = field(default_factory=list)
    verified: Verified | None = None
    statement: Statement | None = None
    logged: Logged | None = None
    attestation: str | None = None
    link: str | None = None

    def passed(self, against: str, detail: str = "") -> None:
        number = len(self.steps) + 1
        name = STEP_NAMES[number - 1]
        self.steps.append(Step(number=number, name=name, outcome=Outcome.PASS, against=against, detail=detail))

    def report(self, verdict: Verdict, err: AttestError | None = None) -> EvidenceReport:
        if err is not None:
            number = len(self.steps) + 1
            outcome = Outcome.INVALID if verdict is Verdict.INVALID else Outcome.INDETERMINATE
            self.steps.append(
                Step(
                    number=number,
                    name=STEP_NAMES[number - 1],
                    outcome=outcome,
                    against=err.where,
                    detail=str(err),
                    code=err.code,
                )
            )
        self.steps += [
            Step(
                number=i + 1,
                name=STEP_NAMES[i],
                outcome=Outcome.NOT_CHECKED,
                against="",
                detail="an earlier step stopped it",
            )
            for i in range(len(self.steps), len(STEP_NAMES))
        ]
        verified, statement = self.verified, self.statement
        return EvidenceReport(
            source=self.source,
            verdict=verdict,
            steps=tuple(self.steps),
            attestation=self.attestation,
            sha256=self.sha256,
            predicate_type=statement.predicate_type if statement else None,
            identity=verified.identity if verified else None,
            issuer=verified.issuer if verified else None,
            link=self.link,
            named=self.named,
            log_index=verified.log_index if verified else None,
            tree_size=verified.tree_size if verified else None,
            signed_at=int(min(t.time for t in verified.times).timestamp()) if verified and verified.times else None,
            counted=verdict is Verdict.PASS and statement is not None and statement.predicate_type in COUNTED,
            statement=statement if verdict is Verdict.PASS else None,
            logged=self.logged,
        )


def judge(  # evidence, what it is held against, and what is shared
    found: FoundBundle,
    commit: CommitFacts,
    repository: Repository,
    *,
    roots: tuple[PinnedRoot, ...],
    memo: Memo,
    files: RangeFiles | None = None,
) -> EvidenceReport | None:
    """Judge one bundle for one commit; None when it claims no pinned log and nobody named it.

    A bundle under no pinned root is `indeterminate` when the caller named it. Every other failure of a check is
    `invalid`: the bundle claims a pinned log, so somebody meant it to be believed.
    """
    digest = hashlib.sha256(found.data).hexdigest()
    run = _Judgement(source=found.source, sha256=digest, named=found.named)
    try:
        bundle = _parse(found, memo)  # 1
        if bundle is None:
            return None
        run.attestation = _attestation_id(bundle)
        pinned = root_for(bundle, roots)
        if pinned is None:
            if not found.named:
                return None
            return run.report(Verdict.INDETERMINATE, CannotVerify("evidence.untrusted", where=found.source))
        run.passed(pinned.label, f"sha256:{digest}")
        run.verified = verify_bundle(bundle, pinned.root, AnyIdentity(), None, memo=memo)  # 2
        run.logged = _logged(bundle, pinned, run.verified)
        run.passed(pinned.label, "; ".join(c.name for c in run.verified.checks if c.checked))
        _judge_statement(run, commit, repository, files)  # 3 to 5
    except NotVerified as err:
        return run.report(Verdict.INVALID, err)
    except (CannotVerify, InvalidInput) as err:
        return run.report(Verdict.INDETERMINATE, err)
    return run.report(Verdict.PASS)


def _parse(found: FoundBundle, memo: Memo) -> Bundle | None:
    try:
        return read_bundle(found.data, memo)
    except NotVerified:
        if found.place is Place.SHARED:
            # It claims nothing, and anyone who may push can put such a file there: no red light for that.
            return None
        raise


def _judge_statement(run: _Judgement, commit: CommitFacts, repository: Repository, files: RangeFiles | None) -> None:
    statement = parse_statement(run.verified.payload or b"" if run.verified else b"")  # 3
    run.statement = statement
    if statement.predicate_type in PREDICATES:
        _require_shape(statement)
    run.passed(statement.predicate_type, f"payload sha256:{statement.digest.hex()}")
    check = check_verdict if statement.predicate_type in VERDICTS_SIGNED else check_subject
    run.passed(check(statement, commit))  # 4
    if statement.predicate_type in (*COUNTED, *HUMAN):  # 5
        run.link, against = check_changed_files(statement, commit, repository, files)
        run.passed(against)
    elif statement.predicate_type == COMMIT_LINK_V1:
        from attest.evidence.link_check import check_links  # noqa: PLC0415  # most evidence is no link

        run.link, against = check_links(statement, commit, repository)
        run.passed(against)


def _require_shape(statement: Statement) -> None:
    try:
        PREDICATES[statement.predicate_type].require(statement.predicate)
    except InvalidInput as err:
        raise NotVerified("evidence.statement", err.what, expected=err.expected, where=err.where) from err


def _logged(bundle: Bundle, pinned: PinnedRoot, verified: Verified) -> Logged | None:
    log = pinned.root.log(bundle.entry.log_id) if bundle.entry is not None else None
    if bundle.entry is None or log is None:
        return None
    if verified.log_index is None or verified.tree_size is None or verified.root is None:
        return None
    return Logged(
        log=log.name,
        index=verified.log_index,
        leaf_hash=leaf_hash(bundle.entry.body),
        tree_size=verified.tree_size,
        root=verified.root,
    )


def _attestation_id(bundle: Bundle) -> str | None:
    if not isinstance(bundle.content, Envelope):
        return None
    return "att_" + hashlib.sha256(bundle.content.pae() + bundle.signature).hexdigest()
