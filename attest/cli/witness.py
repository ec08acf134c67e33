"""`whereof witness`: run a witness of logs, make one, or ask others to cosign this machine's log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
DEFAULT_PORT: Final = 8099
EXIT_NOT_MET: Final = 5
_STATE = Annotated[Path, typer.Option(metavar="DIR", help="Where the heads that were cosigned are kept.")]
_KEY = Annotated[Path, typer.Option(metavar="DIR", help="Where the key is kept; best on another disk than the state.")]


@app.command("init")
def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The witness's name, such as witness.example.org/w1.")],
    state: _STATE,
    key: _KEY,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Make a witness and print its verifier key, the line that others put into their policies."""
    from attest.clock import SystemEntropy
    from attest.ledger.note import encode_vkey
    from attest.witness.state import begin_witness

    vkey = encode_vkey(begin_witness(state, key, name, SystemEntropy()))
    if json:
        print_json({"name": name, "vkey": vkey})
    else:
        print_line(vkey)


@app.command("serve")
def serve(
    logs: Annotated[Path, typer.Option(metavar="FILE", help="A C2SP tlog-policy file; its `log` lines are cosigned.")],
    state: _STATE,
    key: _KEY,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes any that is free.")] = DEFAULT_PORT,
) -> None:
    """Cosign heads until interrupted. Refuses to start on a state that was lost or put back from an older copy."""
    import sys

    from attest.cli.files import read_file
    from attest.clock import SystemClock
    from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
    from attest.witness.cosigner import Witness
    from attest.witness.server import WitnessServer
    from attest.witness.state import WitnessState

    policy = parse_policy(read_file(logs, MAX_POLICY_BYTES))
    known = {log.key.name: tuple(o.key for o in policy.logs if o.key.name == log.key.name) for log in policy.logs}
    opened = WitnessState.open(state, key)
    with WitnessServer(host, port, Witness(opened, known, SystemClock())) as server:
        print_line(f"The witness {opened.key.name} of {len(known)} logs is at http://{host}:{server.server_port}")
        sys.stdout.flush()
        server.serve_forever()


@app.command("ask")
def ask(
    policy: Annotated[Path, typer.Option(metavar="FILE", help="A C2SP tlog-policy file: whom to ask, and the quorum.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Have the newest head of this machine's log cosigned, and publish it so. Exit code 5: the quorum is not met."""
    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
    from attest.usecases.witness_heads import ask_witnesses

    result = ask_witnesses(local_instance(), parse_policy(read_file(policy, MAX_POLICY_BYTES)))
    if json:
        print_json(result.to_json())
    else:
        for one in result.asked:
            print_line(f"{one.witness:<24}{'cosigned' if one.at else f'{one.code}: {one.detail}'}")
        for name in result.standing.same_operator:
            print_line(f"{name:<24}counts for nothing: the log's own operator runs it")
        word = "witnessed" if result.standing.met and result.standing.asked else "published, no quorum"
        print_line(f"tree size {result.tree_size}: {word}")
    raise typer.Exit(0 if result.standing.met else EXIT_NOT_MET)
