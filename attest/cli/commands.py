"""Every command of `whereof`, registered under its name."""

from __future__ import annotations

import typer

from attest.cli import (
    anchor,
    backup,
    bundle,
    carry,
    change_set,
    compare,
    controls,
    declare,
    doctor,
    engagement,
    erase,
    except_rules,
    exemplar,
    export,
    fsck,
    gaps,
    gate,
    hold,
    import_records,
    import_transcripts,
    init,
    keys,
    link,
    links,
    login,
    mcp_join,
    monitor,
    operation,
    overlaps,
    path_filter,
    policy,
    population,
    privacy,
    prove_redaction,
    record,
    redact,
    replay,
    report,
    retain,
    reverify,
    review,
    role,
    search,
    selftest,
    show,
    status,
    succeed,
    summarize,
    survey,
    sync,
    trail,
    unmask,
    verify,
    verify_artifact,
    verify_bundle,
    why,
    witness,
)

app = typer.Typer(
    name="whereof",
    help="Audit trail for AI coding sessions: record how a change came about, and let anyone check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("survey")(survey.survey)
app.command("init")(init.init)
app.command("uninstall")(init.uninstall)
app.command("sync")(sync.sync)
app.command("pause")(sync.pause)
app.command("resume")(sync.resume)
app.command("record")(record.record)
app.command("declare")(declare.declare)
app.command("review")(review.review)
app.command("except")(except_rules.except_rules)
app.command("gaps")(gaps.gaps)
app.command("redact")(redact.redact)
app.command("prove-redaction")(prove_redaction.prove_redaction)
app.command("unmask")(unmask.unmask)
app.command("approve-unmask")(unmask.approve_unmask)
app.command("check-redaction")(prove_redaction.check_redaction)
app.command("show")(show.show)
app.command("why")(why.why)
app.command("links")(links.links)
app.command("overlaps")(overlaps.overlaps)
app.command("search")(search.search)
app.command("secret-fingerprint")(search.secret_fingerprint)
app.command("link")(link.link)
app.command("carry")(carry.carry)
app.command("gate")(gate.gate)
app.command("verify")(verify.verify)
app.command("artifacts")(verify_artifact.artifacts)
app.command("verify-bundle")(verify_bundle.verify_bundle)
app.command("fsck")(fsck.fsck)
app.command("reverify")(reverify.reverify)
app.command("monitor")(monitor.monitor)
app.command("anchor")(anchor.anchor)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("selftest")(selftest.selftest)
app.command("report")(report.report)
app.command("replay")(replay.replay)
app.command("summarize")(summarize.summarize)
app.command("trail")(trail.trail)
app.command("compare")(compare.compare)
app.command("mcp-join")(mcp_join.mcp_join)
import_records.app.callback(invoke_without_command=True)(import_transcripts.transcripts)
app.add_typer(import_records.app, name="import", help="Take in what other tools left in a clone, labelled imported.")
app.add_typer(witness.app, name="witness", help="Cosign the heads of logs, or have this machine's log cosigned.")
app.add_typer(keys.app, name="keys", help="Keys of the instance: listed, replaced with overlap, revoked.")
app.add_typer(backup.app, name="backup", help="A copy to go on from, and whether a restored one may.")
app.add_typer(succeed.app, name="succeed", help="End a log in a successor with keys of its own.")
app.add_typer(policy.app, name="policy", help="What the repository's policy makes of a change, and its trials.")
controls.app.command("operation")(operation.operation)
app.add_typer(controls.app, name="controls", help="Control packs, and what the record holds for each control.")
app.add_typer(population.app, name="population", help="Questions about the log, saved with what they gave.")
app.add_typer(search.index, name="search-index", help="The search index: compared with the log, and made again.")
app.add_typer(path_filter.app, name="path-filter", help="Certainly none: filters of the paths that recordings changed.")
app.add_typer(erase.app, name="erase", help="Texts of sessions destroyed for good, by two persons, on record.")
app.add_typer(hold.app, name="hold", help="Legal holds: what nothing erases until two persons release it.")
app.add_typer(change_set.app, name="change-set", help="Sessions grouped after the fact, by signed steps.")
app.add_typer(exemplar.app, name="exemplar", help="Sessions to learn from, shared with consent and without names.")
app.add_typer(retain.app, name="retain", help="What is older than its class goes; a hold wins.")
app.add_typer(role.app, name="role", help="Who may do what at a service: given, taken back, listed.")
app.add_typer(
    engagement.app, name="engagement", help="Leave to open particular sessions: opened, confirmed, ended, listed."
)
app.add_typer(privacy.privacy, name="privacy", help="What is held about one person.")
app.add_typer(privacy.actor, name="actor", help="Who stands behind a pseudonym: disclosed, or forgotten.")
app.add_typer(bundle.app, name="bundle", help="Evidence that leaves the building, written and checked.")
app.add_typer(export.app, name="export", help="Write out what others need to check without this machine.")
