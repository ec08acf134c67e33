"""Every git call of `attest`: no replace objects, no hooks, no pager, no prompts, bounded in bytes and time.

What git prints is hostile input: paths are bytes, sizes are checked, and nothing is passed through a shell.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from attest.clock import monotonic_s
from attest.errors import CannotVerify, InvalidInput
from attest.model.commit import NO_BLOB, ChangedFile, CommitFacts, parse_commit
from attest.processes import TooMuchError, bound_memory, exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMEOUT_S: Final = 120
MAX_OUTPUT_BYTES: Final = 256 * 1024 * 1024
MAX_MEMORY_BYTES: Final = 4 * 1024 * 1024 * 1024
"""Of one git, where the system can bound it: it gathers all that changed before it prints any of it."""
MAX_COMMIT_OBJECT_BYTES: Final = 4 * 1024 * 1024
MAX_BLOB_BYTES: Final = 512 * 1024 * 1024
MAX_CHANGED_FILES: Final = 200_000
_SAFE_CONFIG: Final = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.quotePath=true",
    "-c", "protocol.allow=never",
    "-c", "diff.external=",
    "-c", "log.showSignature=false",
    "-c", "advice.graftFileDeprecated=false",
)  # fmt: skip
DIFF_TREE: Final = (
    "diff-tree", "-r", "--no-renames", "--no-commit-id", "--no-relative", "--ignore-submodules=none", "-O/dev/null",
)  # fmt: skip
"""Options that keep configuration, and a change's own `.gitmodules`, from hiding or reordering what a commit changed."""
_AS_TEXT: Final = ("-p", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/")
LS_TREE_FIELDS: Final = 4
_QUARANTINE: Final = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_SUBMODULE_MODE: Final = "160000"
_GONE_MODE: Final = "000000"


@dataclass(frozen=True, slots=True)
class Repository:
    """A clone on this machine, opened once; all questions to git go through it."""

    path: Path
    """The work tree, or the git directory of a bare repository."""
    common_dir: Path
    """The git directory shared by all work trees: receipts live in `<common_dir>/whereof/`."""

    @classmethod
    def open(cls, path: Path) -> Repository:
        """Open the repository that holds `path`.

        Raises:
            InvalidInput: there is no repository there.
        """
        if not path.is_dir():
            raise InvalidInput("git.not-a-repository", where=str(path))
        try:
            out = _run(path, ["rev-parse", "--path-format=absolute", "--git-common-dir"])
        except CannotVerify as err:
            raise InvalidInput("git.not-a-repository", where=str(path)) from err
        return cls(path, Path(os.fsdecode(out.rstrip(b"\n"))))

    def resolve(self, revision: str) -> str:
        """Give the full oid of the commit that a revision names.

        Raises:
            InvalidInput: git knows no such commit, or the name starts like an option.
        """
        if revision.startswith("-") or "\0" in revision or len(revision) > 1024:
            raise InvalidInput("git.no-such-revision", where=repr(revision[:80]))
        try:
            out = _run(self.path, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
        except CannotVerify as err:
            raise InvalidInput("git.no-such-revision", where=repr(revision[:80])) from err
        return out.decode("ascii").strip()

    def commit_object(self, oid: str) -> bytes:
        """Give the raw commit object: the bytes whose SHA-256 is the subject of evidence."""
        out = _run(self.path, ["cat-file", "commit", oid])
        if len(out) > MAX_COMMIT_OBJECT_BYTES:
            raise InvalidInput(
                "input.too-large", "commit object", expected=f"<= {MAX_COMMIT_OBJECT_BYTES} bytes", where=oid
            )
        return out

    def commit_facts(self, oid: str) -> CommitFacts:
        """Read one commit from its raw object, so that facts and digest are of the same bytes."""
        return parse_commit(oid, self.commit_object(oid))

    def root_commit(self, oid: str) -> str:
        """Give the first root commit reachable from `oid`: the name of a repository that has no remote."""
        if self.is_shallow():
            raise CannotVerify("git.shallow", where=str(self.path))
        return _run(self.path, ["rev-list", "--max-parents=0", "--first-parent", oid, "--"]).decode().split()[-1]

    def is_shallow(self) -> bool:
        """Tell whether history is cut off in this clone."""
        return _run(self.path, ["rev-parse", "--is-shallow-repository"]).strip() == b"true"

    def default_branch(self) -> str | None:
        """Give the commit that the remote's default branch stood at when it was last fetched; None without a remote."""
        try:
            return self.resolve("refs/remotes/origin/HEAD")
        except InvalidInput:
            return None

    def merge_base(self, one: str, other: str) -> str | None:
        """Give the best common ancestor of two commits; None when this clone knows none."""
        try:
            return _run(self.path, ["merge-base", one, other]).decode("ascii").strip() or None
        except CannotVerify:
            return None

    def has_commit(self, oid: str) -> bool:
        """Tell whether the commit object is in this clone."""
        try:
            return _run(self.path, ["cat-file", "-t", oid]).strip() == b"commit"
        except CannotVerify:
            return False

    def files_below(self, revision: str, folder: str) -> tuple[str, ...]:
        """List what is directly below a folder of a revision's tree; empty when there is no such folder.

        Raises:
            CannotVerify: the tree cannot be read, so nobody knows what is in it.
        """
        out = _run(
            self.path, ["ls-tree", "--full-tree", "--name-only", "-z", "--end-of-options", revision, f"{folder}/"]
        )
        return tuple(os.fsdecode(name) for name in out.split(b"\0") if name)

    def remote_url(self) -> str | None:
        """Give the URL of `origin` as configured; None when there is no such remote."""
        try:
            out = _run(self.path, ["config", "--get", "remote.origin.url"])
        except CannotVerify:
            return None
        return out.decode("utf-8", "replace").strip() or None

    def config(self, key: str) -> str | None:
        """Give one git configuration value; None when unset."""
        try:
            return _run(self.path, ["config", "--get", key]).decode("utf-8", "replace").strip() or None
        except CannotVerify:
            return None

    def changed_files(self, oid: str, parent: str | None) -> tuple[ChangedFile, ...]:
        """List what the commit changed against `parent` (None: against nothing), in tree-diff order.

        Renames are two rows (the old path gone, the new one there). Raises InvalidInput beyond `MAX_CHANGED_FILES`.
        """
        against = [parent, oid] if parent else ["--root", oid]
        raw = _run(self.path, [*DIFF_TREE, "-z", "--raw", "--full-index", *against])
        rows = list(_raw_rows(raw))
        if len(rows) > MAX_CHANGED_FILES:
            raise InvalidInput(
                "input.too-large", "changed files", expected=f"<= {MAX_CHANGED_FILES}", got=str(len(rows))
            )
        wanted = [blob for mode, blob, _ in rows if mode not in {_GONE_MODE, _SUBMODULE_MODE}]
        digests = self._blob_digests(wanted)
        return tuple(
            ChangedFile(
                path=path,
                mode=mode,
                sha256=NO_BLOB if mode == _GONE_MODE else digests.get(blob, hashlib.sha256(blob.encode()).digest()),
            )
            for mode, blob, path in rows
        )

    def diff(self, oid: str, parent: str | None, *, max_bytes: int) -> tuple[str, bool]:
        """Give the unified diff of a commit with no context lines beyond three, and whether it was cut at `max_bytes`."""
        against = [parent, oid] if parent else ["--root", oid]
        raw = _run(self.path, [*DIFF_TREE, *_AS_TEXT, *against])
        return raw[:max_bytes].decode("utf-8", "replace"), len(raw) > max_bytes

    def tree_blob(self, revision: str, path: str) -> bytes | None:
        """Give the bytes of a file at a revision; None when the tree has nothing of that name.

        Raises:
            CannotVerify: something is there and cannot be read as a file (a partial clone, a folder, a submodule).
        """
        if not _run(self.path, ["ls-tree", "--full-tree", "-z", "--end-of-options", revision, path]):
            return None
        return _run(self.path, ["cat-file", "blob", f"{revision}:{path}"])

    def log_records(self, revisions: Sequence[str], fields: Sequence[str]) -> Iterator[list[str]]:
        """Yield one list of fields per commit of `git log`, in the order of `fields` (git's placeholders), newest first."""
        out = _run(
            self.path,
            ["log", "-z", "--format=" + "%x00".join(fields), "--end-of-options", *revisions, "--"],
        )
        # NUL is the one byte that git never prints inside a field; each record ends with one too.
        values = out.decode("utf-8", "replace").split("\0")
        for start in range(0, len(values) - 1, len(fields)):
            yield values[start : start + len(fields)]

    def note_objects(self, ref: str) -> frozenset[str]:
        """Give the oids that carry a note under `ref`; empty when the ref does not exist."""
        try:
            out = _run(self.path, ["notes", f"--ref={ref}", "list"])
        except CannotVerify:
            return frozenset()
        return frozenset(line.split()[1].decode() for line in out.splitlines() if len(line.split()) == 2)

    def ref_files(self, ref: str, *, max_bytes: int) -> Iterator[tuple[str, bytes]]:
        """Yield (path, bytes) of the files in the tree of a ref; nothing when there is no such ref.

        Files larger than `max_bytes` are passed over: what is kept there is evidence, and evidence is small.
        """
        try:
            listing = _run(self.path, ["ls-tree", "--full-tree", "-r", "-l", "-z", "--end-of-options", ref])
        except CannotVerify:
            return
        for row in listing.split(b"\0"):
            meta, _, path = row.partition(b"\t")
            fields = meta.split()
            if len(fields) == LS_TREE_FIELDS and fields[1] == b"blob" and int(fields[3]) <= max_bytes:
                yield os.fsdecode(path), _run(self.path, ["cat-file", "blob", fields[2].decode("ascii")])

    def plumbing(self, arguments: Sequence[str], *, data: bytes | None = None) -> bytes:
        """Give what one read-only command prints, for `attest.history`: bounded, without hooks, pager or network.

        Raises:
            CannotVerify: git refused, or took too long.
        """
        return _run(self.path, arguments, data)

    def open_objects(self) -> subprocess.Popen[bytes]:
        """Start `cat-file --batch`, for `attest.history.objects`, which ends it."""
        return subprocess.Popen(
            ["git", *_SAFE_CONFIG, "cat-file", "--batch"],
            cwd=self.path,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _blob_digests(self, blobs: Sequence[str]) -> dict[str, bytes]:
        if not blobs:
            return {}
        digests: dict[str, bytes] = {}
        with self.open_objects() as process:
            stdin, stdout = process.stdin, process.stdout
            if stdin is None or stdout is None:  # both are pipes, as asked for
                raise CannotVerify("git.failed", "git gave no pipes")
            for blob in blobs:
                if blob in digests:
                    continue
                stdin.write(blob.encode() + b"\n")
                stdin.flush()
                header = stdout.readline().split()
                if len(header) != 3 or header[1] != b"blob":
                    raise CannotVerify("git.failed", "a blob of the commit is missing", where=blob)
                digests[blob] = _hash_stream(stdout, int(header[2]))
            stdin.close()
        return digests


def _raw_rows(raw: bytes) -> Iterator[tuple[str, str, bytes]]:
    fields = raw.split(b"\0")
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        _, mode, _, blob, _ = meta.decode("ascii").lstrip(":").split(" ", 4)
        yield mode, blob, path


def _hash_stream(stream: IO[bytes], size: int) -> bytes:
    if size > MAX_BLOB_BYTES:
        raise InvalidInput("input.too-large", "a changed blob", expected=f"<= {MAX_BLOB_BYTES} bytes", got=str(size))
    digest = hashlib.sha256()
    left = size
    while left:
        chunk = stream.read(min(left, 1 << 20))
        if not chunk:
            raise CannotVerify("git.failed", "git stopped in the middle of a blob")
        digest.update(chunk)
        left -= len(chunk)
    stream.read(1)  # the newline after each object
    return digest.digest()


def _environment() -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("GIT_") or k in {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"}
    }
    if os.environ.get("GIT_QUARANTINE_PATH"):
        # In a pre-receive hook: what is being pushed is readable there and nowhere else (githooks, receive-pack).
        kept |= {name: os.environ[name] for name in _QUARANTINE if name in os.environ}
    return kept | {
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        # What a clone lacks is not fetched, whatever its own configuration allows: a protocol there can be any command.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
    }


def _run(path: Path, arguments: Sequence[str], data: bytes | None = None) -> bytes:
    what = "git " + " ".join(arguments[:2])
    try:
        process = subprocess.Popen(
            ["git", *_SAFE_CONFIG, *arguments],
            cwd=path,
            env=_environment(),
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as err:
        raise CannotVerify("git.failed", "git is not installed", hint="install git") from err
    bound_memory(process, MAX_MEMORY_BYTES)
    until = monotonic_s() + TIMEOUT_S
    with process:
        try:
            # A few objects can name billions of paths: git is ended when it has said too much, not read to its end.
            out, said = exchange(process, data or b"", most_bytes=MAX_OUTPUT_BYTES, until=until)
            code = process.wait(max(until - monotonic_s(), 0))
        except (TimeoutError, subprocess.TimeoutExpired) as err:
            raise CannotVerify("git.failed", f"git took more than {TIMEOUT_S} s", where=what) from err
        except TooMuchError as err:
            expected = f"<= {MAX_OUTPUT_BYTES} bytes"
            raise InvalidInput("input.too-large", "git's output", expected=expected, where=what) from err
        finally:
            process.kill()
    if code != 0:
        message = said.decode("utf-8", "replace").strip().split("\n")[0][:200]
        raise CannotVerify("git.failed", "git refused", got=message, where=what)
    return out
