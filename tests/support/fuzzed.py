"""The service asked by schemathesis: every operation of its own document, with what fits it and what does not."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = 20_261_121
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
)
APART = "sigstore"
"""The tag of routes that have forms of Sigstore's own: its clients test them."""
ELSEWHERE = ("stream", "add_attestations")
"""A stream that lasts, and a body of JSON lines, which schemathesis does not write: they have tests of their own."""


@dataclass(frozen=True)
class Fuzzing:
    """How much is asked."""

    examples: int
    phases: str = "examples,coverage,fuzzing"
    seconds: int = 600
    include: str = "^/v1/"


def fuzz(url: str, token: str, how: Fuzzing, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it against a service that listens; exit code 0 says that no check failed."""
    command = (
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"),
        *("--header", f"Authorization: Bearer {token}"),
        *("--checks", ",".join(CHECKS), "--phases", how.phases),
        *("--seed", str(SEED), "--max-examples", str(how.examples)),
        *("--include-path-regex", how.include, "--exclude-tag", APART),
        *(part for one in ELSEWHERE for part in ("--exclude-operation-id", one)),
        *("--request-timeout", "60", "--suppress-health-check", "all", "--no-color", "--workers", "1"),
        *("--continue-on-failure", "--warnings", "off", "--generation-database", "none"),
    )
    env = os.environ | {"SCHEMATHESIS_HOOKS": "tests.support.fuzzed_bodies", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=how.seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
