"""`whereof export referrer`: signed statements as OCI referrers of an image, in an image layout on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from attest.cli.output import print_json, print_line

MAX_FILE_BYTES: Final = 256 * 1024 * 1024


def referrer(
    bundles: Annotated[Path, typer.Argument(metavar="BUNDLES", help="A Sigstore bundle, or one a line.")],
    image: Annotated[str, typer.Option(metavar="sha256:…", help="Digest of the image's manifest.")],
    size: Annotated[int, typer.Option(help="Size of that manifest, in bytes.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder; made when it is not there, else empty.")],
    media_type: Annotated[
        str, typer.Option(help="Media type of that manifest; an index has its own.")
    ] = "application/vnd.oci.image.manifest.v1+json",
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write an OCI image layout whose artifacts refer to an image: each holds one signed statement, such as a VSA.

    Nothing is verified, and nothing is pushed: a client of registries copies the layout.
    """
    from attest.errors import InvalidInput
    from attest.evidence.oci_layout import ImageSubject, referrer_layout

    subject = ImageSubject(digest=image, size=size, media_type=media_type)
    layout = referrer_layout(_bundles(bundles), subject)
    if output.exists() and any(output.iterdir()):
        raise InvalidInput("input.usage", "the folder is not empty", where=str(output))
    for name, data in layout.files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if json:
        print_json({"layout": str(output), "manifests": list(layout.manifests), "naming_the_image": layout.naming})
        return
    for digest in layout.manifests:
        print_line(f"{output}@{digest}")
    if layout.naming < len(layout.manifests):
        other = len(layout.manifests) - layout.naming
        print_line(f"  {other} of them name no such image as their subject: admission controllers pass over those")


def _bundles(path: Path) -> tuple[bytes, ...]:
    import json

    from attest.errors import InvalidInput

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidInput("input.too-large", "bundles", expected=f"<= {MAX_FILE_BYTES} bytes", where=str(path))
    lines = tuple(line for line in raw.splitlines() if line.strip())
    try:
        json.loads(lines[0])
    except (IndexError, ValueError, RecursionError):
        return (raw,)  # one bundle over several lines, or nothing: its reader says what is wrong
    return lines
