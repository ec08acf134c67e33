"""`whereof prove-redaction` and `check-redaction`: one redacted value shown to somebody, and their check of it."""

from __future__ import annotations

import json as json_module
import os
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def prove_redaction(  # one flag each
    session: Annotated[str, typer.Argument(metavar="ses_…")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the disclosure goes. It holds the value.")],
    record: Annotated[int | None, typer.Option(help="Number of the record, as the part `redaction` lists it.")] = None,
    pointer: Annotated[str, typer.Option(help="JSON pointer of the text in that record.")] = "",
    line: Annotated[int | None, typer.Option(help="Number of the line, for an image or other binary data.")] = None,
    span: Annotated[int, typer.Option(help="Which value of that place, from zero.")] = 0,
) -> None:
    """Write a file that proves one redacted value of a session to whoever is given it. Exit code 4: not committed to."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.usecases.prove_redaction import Place
    from attest.usecases.prove_redaction import prove_redaction as prove

    number = line if record is None else record
    if number is None or (record is not None and line is not None):
        raise InvalidInput("input.usage", "name the place: --record with --pointer, or --line")
    unit = "line" if record is None else "record"
    found = prove(local_instance(), session, Place(unit=unit, record=number, pointer=pointer, span=span))
    data = (json_module.dumps(found.to_json(), indent=2, ensure_ascii=True) + "\n").encode()
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    print_line(f"wrote {output}: leaf {found.index} of {found.size}, {found.withheld.entity}; it holds the value")


def check_redaction(  # one flag each
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    bundle: Annotated[Path, typer.Option(help="The session's bundle.")],
    trusted_root: Annotated[Path, typer.Option(help="Trusted root or client trust config, JSON.")],
    identity: Annotated[str | None, typer.Option(help="The SAN exactly as certified.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The OIDC issuer exactly as certified.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM of a managed public key, in place of an identity.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a disclosed value against the signed bundle. Exit code 3: it is not what was committed to."""
    from attest.usecases.check_redaction import SignerNamed, read_disclosure  # keep `--help` light
    from attest.usecases.check_redaction import check_redaction as check

    signer = SignerNamed(bundle=bundle, trusted_root=trusted_root, identity=identity, issuer=issuer, key=key)
    proved = check(read_disclosure(file), signer)
    found, times = proved.disclosure, [t.time.isoformat() for t in proved.verified.times]
    if json:
        print_json(
            {
                "verdict": "pass",
                "session": found.session,
                "withheld": found.withheld.to_json(),
                "identity": proved.verified.identity,
                "issuer": proved.verified.issuer,
                "times": times,
            }
        )
        return
    one = found.withheld
    print_line(f"pass: {one.entity} at {one.unit} {one.record} {one.pointer} was committed to in {found.session}")
    print_line(f"  stands there  {one.token}")
    print_line(f"  value         {one.value}")
    print_line(f"  signed by     {proved.verified.identity or 'the key given'}")
    print_line("not shown: that the transcript was true, or what any other token stands for")
