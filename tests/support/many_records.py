"""Records one transcript from several threads of this process at once: DATA TRANSCRIPT CLONE OID THREADS.

Prints the receipts as one JSON array. Each thread opens the data directory for itself.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from tests.support.recording import Clone, open_home, record_file


def main(arguments: list[str]) -> None:
    home, transcript, clone_path, oid, threads = arguments
    clone = Clone(path=Path(clone_path), oid=oid)
    start = Barrier(int(threads))

    def one(_: int) -> dict[str, object]:
        start.wait()
        instance = open_home(Path(home))
        try:
            return record_file(instance, Path(transcript), clone).to_json()
        finally:
            instance.engine.dispose()

    with ThreadPoolExecutor(int(threads)) as pool:
        json.dump(list(pool.map(one, range(int(threads)))), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
