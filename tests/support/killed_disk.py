"""The preloaded shim of `tests/c/faults.c`: built, driven, and the disk that a power cut leaves, made from its image."""

from __future__ import annotations

import ctypes
import enum
import os
import random
import shutil
import subprocess
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "c" / "faults.c"
SECTOR = 512


class How(enum.IntFlag):
    """What happens at the place."""

    COUNT = 0
    KILL = 1
    FAIL_ONCE = 2
    FAIL_ON = 3
    """This call and every later one of its kinds."""
    SLOW = 4
    """Each call takes so many milliseconds longer."""
    LIE = 8
    """fsync says that all is well and keeps nothing: the mutant that must be caught."""


class Kind(enum.IntFlag):
    """Which calls are places."""

    WRITE = 1
    SYNC = 2
    NAME = 4
    CUT = 8
    SEND = 16
    RECV = 32
    STEP = 64
    MAKE = 128
    ALL = 255


class Lost(enum.Enum):
    """What a power cut takes of that which no fsync covers."""

    ALL = "all"
    BYTES = "bytes"
    """Names are there, what was written is not."""
    NAMES = "names"
    """Bytes are there, under the names of before."""
    MIXED = "mixed"
    """Each name and each sector by lot."""


def build(folder: Path) -> Path:
    """Compile the shim."""
    made = folder / "faults.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", made, SOURCE, "-ldl"], check=True)
    return made


@cache
def shim(library: Path) -> ctypes.CDLL:
    """Load the shim to call it; it intercepts nothing in a process that was not started with it."""
    loaded = ctypes.CDLL(str(library))
    loaded.fault_reached.restype = ctypes.c_long
    loaded.fault_arm.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_long, ctypes.c_int, ctypes.c_char_p]
    return loaded


def keep_all(library: Path, folder: Path, image: Path) -> None:
    """Take all that is below a folder as being on the disk."""
    shutil.rmtree(image, ignore_errors=True)
    image.mkdir()
    loaded = shim(library)
    loaded.fault_disk(os.fsencode(folder), os.fsencode(image))
    for path in (folder, *folder.rglob("*")):
        if loaded.fault_keep(os.fsencode(path)):
            raise RuntimeError(f"no image of {path}")


def power_cut(library: Path, folder: Path, image: Path, *, lost: Lost, seed: int = 0) -> None:
    """Replace a folder by what the disk held: what is in the image, and of the rest what `lost` leaves."""
    cut = _Cut(library, image, lost, random.Random(seed))
    cut.look(folder)
    made = folder.with_name(f"{folder.name}.cut")
    cut.folder(cut.identity(folder), made)
    shutil.rmtree(folder)
    made.rename(folder)


class _Cut:
    def __init__(self, library: Path, image: Path, lost: Lost, lots: random.Random) -> None:
        self._shim = shim(library)
        self._image = image
        self._lost = lost
        self._lots = lots
        self._files: dict[str, Path] = {}
        self._folders: dict[str, dict[str, str]] = {}

    def identity(self, path: Path) -> str:
        found = ctypes.create_string_buffer(96)
        if self._shim.fault_id(os.fsencode(path), found, 96):
            raise FileNotFoundError(path)
        return found.value.decode()

    def look(self, folder: Path) -> None:
        """Note what is there at the moment of the cut."""
        names = self._folders[self.identity(folder)] = {}
        for path in sorted(folder.iterdir()):
            kind = "d" if path.is_dir() else "f"
            names[path.name] = f"{kind} {self.identity(path)}"
            if kind == "d":
                self.look(path)
            else:
                self._files[self.identity(path)] = path

    def folder(self, identity: str, target: Path) -> None:
        """Make a folder as the disk has it."""
        target.mkdir()
        kept = self._image / identity
        lines = [line.split(" ", 2) for line in kept.read_text().splitlines()] if kept.exists() else []
        durable = {name: f"{kind} {of}" for kind, of, name in lines}
        for name, what in self._names(durable, self._folders.get(identity, {})).items():
            kind, _, of = what.partition(" ")
            if kind == "d":
                self.folder(of, target / name)
            else:
                (target / name).write_bytes(self._bytes(of))

    def _names(self, durable: dict[str, str], live: dict[str, str]) -> dict[str, str]:
        if self._lost in {Lost.ALL, Lost.NAMES}:
            return durable
        if self._lost is Lost.BYTES:
            return live or durable
        drawn = {name: self._lots.choice((durable, live)).get(name) for name in sorted({*durable, *live})}
        return {name: what for name, what in drawn.items() if what is not None}

    def _bytes(self, identity: str) -> bytes:
        kept = self._image / identity
        durable = kept.read_bytes() if kept.exists() else b""
        path = self._files.get(identity)
        live = path.read_bytes() if path else durable
        if self._lost in {Lost.ALL, Lost.BYTES}:
            return durable
        if self._lost is Lost.NAMES:
            return live
        size = self._lots.choice((len(durable), len(live)))
        sectors = []
        for at in range(0, size, SECTOR):
            part = self._lots.choice((durable, live))[at : at + SECTOR]
            sectors.append(part.ljust(min(SECTOR, size - at), b"\0"))
        return b"".join(sectors)
