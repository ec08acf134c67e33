"""The catalogue of codes that CLI, API and documentation share: what each means, and what to do next.

A code is permanent once released: scripts and dashboards read it. Words may change.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the catalogue: what a code means to the person who meets it, and what that person does next."""

    title: str
    remedy: str


CATALOGUE: dict[str, Problem] = {
    # input
    "input.empty": Problem("the input is empty", "name a file that holds the agent's transcript"),
    "input.unknown-format": Problem(
        "no reader knows this format",
        "name a transcript of a supported agent; `whereof record --help` lists them",
    ),
    "input.too-large": Problem("the input is larger than the limit", "split it, or raise the named limit"),
    "input.ambiguous": Problem("the name fits more than one", "name it in full; the candidates are listed"),
    "input.malformed": Problem("the input does not parse", "look at the place named, and hand in the file as written"),
    "input.not-found": Problem("there is no such file", "check the path"),
    "input.usage": Problem("the command was called in a way it does not know", "see --help"),
    # git
    "git.not-a-repository": Problem("this is not a git repository", "run inside a clone, or name one with --repo"),
    "git.no-such-revision": Problem("git knows no such revision", "fetch it, or check the name"),
    "git.shallow": Problem(
        "the clone is shallow and hides history that is needed", "fetch with full depth (git fetch --unshallow)"
    ),
    "git.bare": Problem("this repository has no work tree to put hooks in", "run inside a clone with files"),
    "git.failed": Problem("git could not answer", "run the git command named by hand and read its message"),
    # policy
    "policy.malformed": Problem(
        "the policy cannot be read, so nothing was decided under it",
        "correct the file at the line named, in a change of its own; `whereof policy explain` reads it the same way",
    ),
    "policy.floor": Problem(
        "the policy that this one extends is not here",
        "keep its exact bytes beside the policy, as .attest/policies/SHA256.yaml",
    ),
    "policy.start": Problem(
        "the policy's `start` is not in this clone, so nobody can say which commits are older",
        "fetch with full depth, or correct `start`",
    ),
    "policy.not-passed": Problem(
        "the range does not pass, and only a pass is exported", "run `whereof verify` over it and settle what it names"
    ),
    # human evidence
    "declare.marked": Problem(
        "a commit that is to be declared bears an agent's mark, or has a session",
        "leave it out, and record its session; or, if that is wrong, declare with --marks-seen",
    ),
    "review.unanswered": Problem(
        "a question of the review is not answered", "answer all five with --answer; not-checked is an answer too"
    ),
    "review.pointer": Problem(
        "an answer does not point to an event of a session that is reviewed",
        "name events with --answer Q=yes:3,14 (`whereof show` lists them), or answer not-checked",
    ),
    "except.until": Problem(
        "an exception cannot end then", "name a day ahead with --until YYYY-MM-DD, at most a year away"
    ),
    # hooks
    "init.missing": Problem("there are no hooks in this clone", "whereof init puts them in"),
    "init.config": Problem(
        "a file cannot be edited without loss, so nothing was written",
        "look at the place named; take out what the message names, or add the hooks by hand",
    ),
    # redaction
    "redaction.quarantined": Problem(
        "the second scan found something the first pass left in, so nothing was signed or stored",
        "look at the rule and place named; a false hit is let through by a rule in redaction-allow.json, with its reason",
    ),
    "redaction.failed": Problem(
        "redaction did not finish, so nothing was signed or stored", "see the cause named, then record again"
    ),
    "redaction.not-committed": Problem(
        "nothing that was committed to stood there",
        "look the place up in the part `redaction`; secrets are committed to only with `commit: all`",
    ),
    "redaction.not-approved": Problem(
        "no second person has approved this unmasking",
        "ask somebody who is named in unmask-approvers.json for an approval of this session, token and reason",
    ),
    "redaction.not-kept": Problem(
        "the session was recorded without parts: its statement and facts are all there is",
        "ask for the attestation; texts and transcript stayed with whoever recorded it",
    ),
    # evidence: bundle, statement, signature, log
    "evidence.malformed": Problem("the evidence does not parse", "get the file again from where it was issued"),
    "evidence.statement": Problem("the signed statement is not what it must be", "do not rely on this evidence"),
    "evidence.subject": Problem("the statement is not about this subject", "name the artifact it was issued for"),
    "evidence.signature": Problem("the signature does not hold", "do not rely on this evidence; keep it and report it"),
    "evidence.certificate": Problem(
        "the signing certificate does not hold", "do not rely on this evidence; keep it and report it"
    ),
    "evidence.revoked": Problem("a key of it may have been stolen before", "see docs/runbooks/key-compromise.md"),
    "evidence.identity": Problem("it was signed by another identity", "name the identity exactly as certified"),
    "evidence.timestamp": Problem(
        "the signing time is not proved", "do not rely on this evidence; keep it and report it"
    ),
    "evidence.inclusion": Problem(
        "the proof of inclusion in the log does not hold", "do not rely on this evidence; keep it and report it"
    ),
    "evidence.checkpoint": Problem(
        "the log's checkpoint does not hold", "do not rely on this evidence; keep it and report it"
    ),
    "evidence.index": Problem(
        "the proof that the list is complete does not hold", "do not rely on this list; keep the answer and report it"
    ),
    "evidence.index-key": Problem(
        "the log is private, and the key that its index is made with is not here",
        "ask its operator for the file that `whereof export index-key` writes; keep it in $WHEREOF_HOME/index-keys/ or name it "
        "with --index-key",
    ),
    "evidence.chain": Problem(
        "the log follows another, and the link between them is not shown or does not hold",
        "hand in a complete answer of every log of the chain; where a link is bad, keep the answers and report it",
    ),
    "evidence.entry": Problem(
        "the log entry is not about this bundle", "do not rely on this evidence; keep it and report it"
    ),
    "evidence.commit": Problem(
        "the statement does not agree with the commit in this clone", "do not rely on this evidence; keep it and report"
    ),
    "evidence.unsupported": Problem(
        "the evidence uses something this verifier does not know", "upgrade, and verify again"
    ),
    "evidence.untrusted": Problem(
        "the evidence is signed under a root that nobody pinned here", "pin the root with --trust, if you know it"
    ),
    "artifact.source": Problem(
        "the commit that the artifact was built from cannot be judged here",
        "fetch it, or verify in a clone of the repository that the provenance names",
    ),
    "artifact.builder": Problem(
        "the provenance is by a builder that the policy does not name",
        "name the builder's issuer and identity under `builders` of the policy, if it may build this",
    ),
    "evidence.absent": Problem("there is no evidence for this", "record the session, or declare that there was none"),
    "trust.unreadable": Problem("the trust root cannot be read", "export it again with `whereof export trust`"),
    "trust.policy": Problem("the witness policy cannot be read", "correct the line named: C2SP tlog-policy"),
    # identities that certificates are made for
    "identity.token": Problem(
        "the identity token is not accepted here",
        "get a fresh one for the audience `sigstore`, from an issuer that is configured for this log",
    ),
    "identity.possession": Problem(
        "the request does not prove that its key is held", "sign the request, or the token's subject, with the same key"
    ),
    "identity.keys": Problem(
        "the keys of an issuer cannot be had, so nobody can be told from another",
        "look whether the issuer answers, or pin its keys in a file named in oidc-issuers.json",
    ),
    "identity.issuers": Problem(
        "the file of identity issuers cannot be read, so nobody is certified",
        "correct oidc-issuers.json at the place named",
    ),
    "identity.access": Problem(
        "the file of who may sign in cannot be read, so nobody is let in", "correct access.json at the place named"
    ),
    "identity.sign-in": Problem("signing in did not work", "begin again at /sign-in"),
    "identity.no-role": Problem(
        "you are known here, and have no role", "ask an operator of the service for one, then sign in again"
    ),
    # ledger and store
    "ledger.conflict": Problem("another writer moved the log's head first", "read the head again, then append again"),
    "ledger.rollback": Problem(
        "the log is smaller than a head it has already shown, so it signs nothing",
        "restore the newest backup; docs/how-to/rollback.md has the runbook",
    ),
    "ledger.fork": Problem(
        "the log has signed two histories", "keep the proof that was written, and hand it to everyone who uses the log"
    ),
    "ledger.stale": Problem(
        "the log shows nothing new for longer than it may", "ask its operator; until then nothing newer is known"
    ),
    "ledger.keying": Problem(
        "a log is private or public from its first entry on, and this one is the other",
        "set $WHEREOF_LOG_PRIVATE to what the log is, or end the log and begin a successor (`whereof succeed`)",
    ),
    "ledger.closed": Problem(
        "the log has ended: its last leaf names a successor", "use the successor; this log is read only"
    ),
    "witness.state": Problem(
        "the witness has lost what it cosigned, so it signs nothing",
        "restore its newest state; if there is none, retire its key and begin a witness with another name",
    ),
    "witness.refused": Problem(
        "a witness did not cosign the head", "see its reason; `whereof monitor` tells whether the log is consistent"
    ),
    "ledger.range": Problem("the log has no entry or tree of that number", "ask for one below the checkpoint's size"),
    "ledger.corrupt": Problem(
        "stored bytes differ from what the log committed to", "run `whereof fsck` and keep the output"
    ),
    "store.refused": Problem(
        "the store does not keep its promises, so nothing is written", "run `whereof fsck` and keep its output"
    ),
    "store.not-durable": Problem(
        "the database may lose what it has acknowledged, so nothing is written",
        "switch the setting named on, for the server or for this role",
    ),
    "store.not-append-only": Problem(
        "a row of the ledger could be changed through this connection, so nothing is served",
        "run `python -m api migrate` as the owner, and serve as another role: a member of whereof_app",
    ),
    "identity.disclosure": Problem(
        "the disclosure is not of this pseudonym",
        "ask for the disclosure again, and check which certificate it is about",
    ),
    "erasure.held": Problem(
        "a legal hold covers it, so nothing was erased",
        "wait until the hold is released; `whereof hold list` names all",
    ),
    "erasure.erased": Problem(
        "the texts of this session were erased",
        "nothing brings them back; statement, signature and proofs still verify",
    ),
    "erasure.not-approved": Problem(
        "no second person has approved this",
        "ask somebody who is named in approvers.json, or who signs in with the right to approve, for an approval of it",
    ),
    "erasure.done": Problem("this was done before", "look at it with `whereof erase show` or `whereof hold list`"),
    "erasure.not-replayed": Problem(
        "the log is behind what others hold of it, so an erasure may be missing, and no text is opened",
        "restore the newest database, see the runbook of restoring; erasures are done again at the next start",
    ),
    "store.missing": Problem("a stored object is missing", "restore it from backup; `whereof fsck` lists all"),
    "store.schema": Problem("migrations of this version are missing", "run `python -m api migrate`, then start again"),
    "store.schema-newer": Problem("the database is for newer versions alone", "run the version that migrated it"),
    "store.not-copied": Problem("the database could not be copied", "see that pg_dump of its version is on PATH"),
    "store.away": Problem(
        "the store of files does not answer, or will not take them",
        "try again; look at its disk, or for a bucket at $WHEREOF_OBJECTS_ENDPOINT and the credentials in the environment",
    ),
    "store.busy": Problem("another process holds the store", "try again"),
    "store.full": Problem(
        "the disk is full, so nothing was written", "make room, then submit again: the same request gives one entry"
    ),
    "store.lost": Problem(
        "the database did not answer, so it is not known here whether this was written",
        "submit again: the same request gives one entry",
    ),
    "store.stopped": Problem(
        "the disk did not take what was written, so this process writes no more",
        "look at the disk, then start again: what is not in the log then can be submitted again",
    ),
    "key.missing": Problem("a key is missing", "restore the key ring from its backup; nothing is signed without it"),
    "key.expired": Problem("a certificate does not hold now", "look at the clock and `whereof keys list`"),
    "key.unavailable": Problem("where the key is held does not sign", "look at the token or key service that is named"),
    "key.rotation": Problem("this key is not replaced or revoked so", "see `whereof keys list`, docs/how-to/keys.md"),
    "program.clock": Problem(
        "the clock jumped while a statement was signed, and nothing was logged",
        "try again; if it stays so, set this machine's clock by time servers",
    ),
    "program.selftest": Problem(
        "the verifier judges a vector that it ships wrongly, so no verdict of it counts",
        "install the program again, and run `whereof selftest`",
    ),
    "program.failed": Problem(
        "the program failed in a way it did not foresee, so nothing is known",
        "try again; with WHEREOF_TRACEBACK=1 it says where it failed",
    ),
    "summary.failed": Problem("no machine summary was kept", "run the program by hand; see docs/how-to/summarize.md"),
    # reports
    "report.typst": Problem("the PDF cannot be set", "install the extra `report`, or print --format html"),
    "report.too-long": Problem("the report is too long for a PDF", "ask for --format html, or a shorter range"),
    # service
    "service.away": Problem(
        "the service that is named did not answer", "try again, or hand in a saved answer with --bundle"
    ),
    "search.query": Problem("the query does not parse", "see docs/reference/search.md for its keys and values"),
    "search.too-broad": Problem(
        "the query is too broad to answer whole", "narrow it: a nearer since:, repo:, more letters"
    ),
    "search.no-regexp": Problem(
        "regular expressions need the library google-re2", "install it, or ask with * and ? instead"
    ),
    "service.not-found": Problem("there is nothing here, or it is not yours to see", "check the id"),
    "service.unauthenticated": Problem("sign in first", "open the sign-in link that `make serve` prints"),
    "service.refused-bind": Problem(
        "the service does not listen beyond loopback without OIDC", "bind to 127.0.0.1, or configure OIDC"
    ),
    "service.forbidden": Problem(
        "this request was not meant for this service, or does not come from its own pages",
        "use the address that `make serve` prints; send writes from the service's pages or from a client",
    ),
    "service.no-right": Problem(
        "your role does not let you do this", "ask an operator of the service for the role that does"
    ),
    "service.pending": Problem("nobody has confirmed this code yet", "ask again in as many seconds as you were told"),
    "service.slow-down": Problem("you ask more often than you were told", "wait five seconds longer each time"),
    "service.code": Problem("this code was used, is too old, or never was one", "begin again with `whereof login`"),
    "service.kept-apart": Problem(
        "these roles together would join what is kept apart", "give them to two people; see docs/reference/access.md"
    ),
    "service.access-log": Problem(
        "the access log cannot be written, so nothing is shown",
        "try again; an operator must look at the database and its disk",
    ),
    "forge.unreachable": Problem(
        "the forge did not take the verdict", "look at its address, the token and its rights; the verdict stands here"
    ),
    "service.purpose": Problem(
        "a transcript that is not your own is read for a purpose",
        "say it in the header `Whereof-Purpose`, in a few words; it is kept with your name and shown to who ran the session",
    ),
    "service.loopback-only": Problem(
        "transcripts are taken from this machine only", "record where the session ran, and send the signed bundle"
    ),
    "service.cursor": Problem("this cursor belongs to no list here", "begin the list again without a cursor"),
    "service.not-acceptable": Problem("there is no such form of this", "ask for one of the media types named"),
    "service.media-type": Problem(
        "the service does not read bodies of this kind",
        "send JSON; an OpenTelemetry exporter does with OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
    ),
    "service.target": Problem(
        "this address may not be asked", "name an https address that is public, or have the operator allow its network"
    ),
    "service.key-reused": Problem("this Idempotency-Key was used for another request", "use a new key"),
    "service.in-flight": Problem(
        "the request with this Idempotency-Key is under way", "wait a moment, then send it again"
    ),
    "service.digest": Problem(
        "the bytes are not those that were announced", "compare their SHA-256, and send them again"
    ),
    "service.cost-centres": Problem(
        "cost-centres.json in the data directory cannot be read", "make it an object: cost centre by repository"
    ),
    "service.offset": Problem("this is not where the upload stands", "ask for its Upload-Offset, and go on from there"),
    "service.method": Problem("this cannot be done here", "see the OpenAPI document for what can"),
    "service.timeout": Problem("the request took too long to arrive", "send it again"),
    "service.internal": Problem(
        "the service failed and does not know what became of the request",
        "ask again: writes are safe to repeat; report the request id if it happens again",
    ),
    "service.port": Problem("the service cannot listen there", "stop what listens there, or name another --port"),
    "service.ending": Problem("the service is ending", "try again: another will be there, or this one again"),
    "service.rate": Problem("this address asks too often", "wait for the time in Retry-After, then try again"),
    "service.too-many": Problem("the service is at its limit", "wait for the time in Retry-After, then try again"),
}
"""Every code, its meaning and its remedy. `docs/reference/errors.md` is made from this table."""
