"""`python -m api`: run the service, migrate its database, check its instance, make a token."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.config import DEFAULT_HOST, DEFAULT_PORT, ServiceConfig, require_loopback
from attest.cli.output import print_error, print_json, print_line
from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError, InvalidInput
from attest.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_USAGE: Final = 2
EXIT_COULD_NOT: Final = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    asked = _parser().parse_args(arguments)
    settings = read_settings(os.environ)
    try:
        match asked.command:
            case "serve":
                serve(settings, asked.host, asked.port, tuple(asked.repo))
            case "migrate":
                migrate(settings, lock_timeout_s=asked.lock_timeout, tries=asked.tries)
            case "check":
                check(settings)
            case _:
                token(settings)
    except AttestError as err:
        print_error(err, as_json=False)
        return EXIT_USAGE if isinstance(err, InvalidInput) else EXIT_COULD_NOT
    except KeyboardInterrupt:
        # How a person stops the service: requests at work have been answered by then.
        return 0
    return 0


def serve(settings: Settings, host: str, port: int, repositories: tuple[Path, ...]) -> None:
    """Serve until interrupted; prints a sign-in link that works once.

    Raises:
        Refused: `service.refused-bind`: beyond loopback people must sign in by name (`access.json`); or `service.port`.
    """
    from api.access_config import load_access
    from api.app import create_app
    from api.serving import listen, server_of, settle_memory

    access = load_access(settings.home)
    if access is None or access.people is None:
        require_loopback(host)
    config = ServiceConfig(repositories=tuple(path.resolve(strict=True) for path in repositories))
    app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), config=config)
    app.state.service.check.begin()
    settle_memory()
    listener = listen(host, port)
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    print_line(f"Whereof is at http://{shown}:{port}/")
    if access is None:
        code = app.state.service.sign_ins.new_code()
        print_line(f"Sign in once, within 15 minutes: http://{shown}:{port}/sign-in/{code}")
    else:
        print_line(f"People reach it at {access.url}, where TLS ends in front of it.")
    sys.stdout.flush()
    with listener:
        server_of(app, config).run(sockets=[listener])


def migrate(settings: Settings, *, lock_timeout_s: float, tries: int) -> None:
    """Bring the database to the newest schema while others work on it; the only command that does so for PostgreSQL.

    Raises:
        CannotVerify: `store.busy`, no lock was had within the tries; what was reached is kept.
    """
    from attest.store.engine import open_engine
    from attest.store.migrate import upgrade
    from attest.store.schema import Standing, schema_of

    def busy(tried: int, pause: float) -> None:
        print_line(f"The database is busy: tried {tried} of {tries} times, again in {pause:.1f} s.")

    engine = open_engine(settings)
    try:
        upgrade(engine, lock_timeout_s=lock_timeout_s, tries=tries, on_busy=busy)
        schema = schema_of(engine)
    finally:
        engine.dispose()
    if schema.standing is Standing.CURRENT:
        print_line(f"The database has the newest schema, {schema.newest}.")
    else:
        print_line(f"The database stays at {schema.found}, which is newer than this version's {schema.newest}.")


def _seconds(value: str) -> float:
    match = re.fullmatch(r"([0-9]{1,6})(ms|s)?", value, re.ASCII)
    if match is None or not int(match[1]):
        raise argparse.ArgumentTypeError("a time such as 3s or 500ms")
    return int(match[1]) / (1000 if match[2] == "ms" else 1)


def check(settings: Settings) -> None:
    """Open the instance as the service would, and print what it holds.

    Raises:
        AttestError: it cannot be served.
    """
    from attest.usecases.instance import open_instance
    from attest.usecases.status import status_of

    instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    print_json(status_of(instance))
    instance.engine.dispose()


def token(settings: Settings) -> None:
    """Make a bearer token and print it; it is shown this once."""
    from api.tokens import TokenFiles

    print_line(TokenFiles(settings.home, settings.tenant).create(SystemClock(), SystemEntropy()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description="The Whereof service.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("serve", help="serve API and pages on this machine, and print a sign-in link")
    run.add_argument("--host", default=DEFAULT_HOST)
    run.add_argument("--port", type=int, default=DEFAULT_PORT)
    run.add_argument(
        "--repo", type=Path, action="append", default=[], help="a clone that recordings may name; may be given again"
    )
    migrate = commands.add_parser("migrate", help="bring the database to the newest schema, with the service at work")
    migrate.add_argument("--lock-timeout", type=_seconds, default=3.0, help="no step waits longer for a lock; 3s")
    migrate.add_argument("--tries", type=int, default=60, choices=range(1, 1001), metavar="N", help="60")
    commands.add_parser("check", help="open the instance and say what it holds")
    commands.add_parser("token", help="make a bearer token for the command line or a pipeline; shown once")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
