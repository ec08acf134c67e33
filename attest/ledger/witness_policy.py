"""Whose cosignatures count (C2SP tlog-policy): logs, witnesses, groups of them, and the quorum.

Strict, as the specification has it: a name is defined before it is used and used in one group at most, a key stands
once, a threshold can be reached. A witness of the log's own operator counts for nothing: whoever runs both can show
two histories. By what it is known is in `same_operator`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from attest.errors import InvalidInput
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey

MAX_POLICY_BYTES: Final = 256 * 1024
MAX_LINES: Final = 1_024
MAX_OF_A_KIND: Final = 64
"""Logs, witnesses, groups: the specification asks for 32 of each."""
NONE: Final = "none"
_BLANKS: Final = " \t"
_ALLOWED: Final = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log that the policy accepts."""

    key: NoteKey
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness, by the name the policy gives it."""

    name: str
    key: NoteKey
    url: str = ""
    """Its submission prefix; empty where the policy only verifies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some witnesses and groups, of which a number must have signed."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a policy makes of the cosignatures on one head."""

    met: bool
    """The quorum is reached by witnesses that count; true also for `quorum none`, see `asked`."""
    asked: bool
    """False for `quorum none`: nothing was asked of any witness."""
    counted: tuple[str, ...]
    """Names, in the policy's order, of those that signed and count."""
    same_operator: tuple[str, ...]
    """Names of those that signed and count for nothing: the log's own operator runs them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """A parsed policy."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """The keys of all witnesses."""
        return tuple(witness.key for witness in self.witnesses)

    def standing(self, signed: Collection[NoteKey], *, log: NoteKey, own: Collection[str] = ()) -> Standing:
        """Say whether those who signed make the quorum for a log.

        Args:
            signed: keys whose cosignatures were verified, see `cosigned.open_cosigned`.
            log: the log's key.
            own: names, by the policy, of witnesses that the reader knows to be run by the log's operator.
        """
        names = [witness.name for witness in self.witnesses if witness.key in signed]
        same = [w.name for w in self.witnesses if w.name in names and (w.name in own or same_operator(log, w.key))]
        counted = tuple(name for name in names if name not in same)
        asked = self.quorum != NONE
        met = self.quorum in self._reached(counted) if asked else True
        return Standing(met=met, asked=asked, counted=counted, same_operator=tuple(same))

    def _reached(self, counted: Sequence[str]) -> frozenset[str]:
        reached = set(counted)
        for group in self.groups:  # a group names only what stands before it
            if len(reached.intersection(group.members)) >= group.threshold:
                reached.add(group.name)
        return frozenset(reached)


def same_operator(log: NoteKey, witness: NoteKey) -> bool:
    """Say whether a witness is the log's operator's by what can be seen: the same key, or the same host in its name.

    A host below the other's counts as the same. Another name proves nothing: the reader's policy says whom it trusts.
    """
    ours, theirs = _host(log.name), _host(witness.name)
    below = ours == theirs or ours.endswith("." + theirs) or theirs.endswith("." + ours)
    return log.public == witness.public or below


def _host(name: str) -> str:
    return name.partition("/")[0].partition(":")[0].lower().rstrip(".")


def parse_policy(data: bytes) -> WitnessPolicy:
    """Read a C2SP tlog-policy file.

    Raises:
        InvalidInput: `trust.policy`, with the number of the first line that is wrong.
    """
    if len(data) > MAX_POLICY_BYTES or not _ALLOWED.fullmatch(data) or (data and not data.endswith(b"\n")):
        raise InvalidInput("trust.policy", "this is no policy file", expected="lines that end in a newline")
    # Names are octets to the specification: one character for each keeps them apart, whatever they spell.
    lines = data.decode("latin-1").split("\n")[:-1]
    if len(lines) > MAX_LINES:
        raise InvalidInput("trust.policy", "the policy is too long", expected=f"up to {MAX_LINES} lines")
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        words = [word for word in re.split(r"[ \t]+", line.strip(_BLANKS)) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except InvalidInput as err:
            raise InvalidInput("trust.policy", err.what, expected=err.expected, where=f"line {number}") from err
    return reading.done()


@dataclass(slots=True)
class _Reading:
    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    _used: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        kinds: Mapping[str, tuple[int, int]] = {"log": (2, 3), "witness": (3, 4), "group": (4, 4096), "quorum": (2, 2)}
        least, most = kinds.get(words[0], (1, 0))
        if not least <= len(words) <= most:
            raise _wrong("the line is of no known form")
        match words[0]:
            case "log":
                self._log(words[1:])
            case "witness":
                self._witness(words[1:])
            case "group":
                self._group(words[1:])
            case _:
                self._quorum(words[1])

    def done(self) -> WitnessPolicy:
        if self.quorum is None:
            raise InvalidInput("trust.policy", "the policy has no quorum", expected="one quorum line")
        return WitnessPolicy(
            logs=tuple(self.logs), witnesses=tuple(self.witnesses), groups=tuple(self.groups), quorum=self.quorum
        )

    def _log(self, words: list[str]) -> None:
        key = decode_vkey(_utf8(words[0]))
        if key.public in {log.key.public for log in self.logs}:
            raise _wrong("a log stands twice")
        self.logs.append(KnownLog(key=key, url=_utf8("".join(words[1:]))))
        _bound(self.logs)

    def _witness(self, words: list[str]) -> None:
        self._new(words[0])
        key = decode_vkey(_utf8(words[1]), NoteAlgorithm.COSIGNATURE_V1)
        if key.public in {witness.key.public for witness in self.witnesses}:
            raise _wrong("a witness stands twice")
        self.witnesses.append(Witness(name=words[0], key=key, url=_utf8("".join(words[2:]))))
        _bound(self.witnesses)

    def _group(self, words: list[str]) -> None:
        name, threshold, *members = words
        self._new(name)
        for member in members:
            if member not in self._names():
                raise _wrong("a group names what no line before it defines")
            if member in self._used:
                raise _wrong("a name is a member twice", expected="each at most once")
            self._used.add(member)
        counts = {"any": "1", "all": str(len(members))}
        number = counts.get(threshold, threshold)
        if not _NUMBER.fullmatch(number) or int(number) > len(members):
            raise _wrong("the threshold is out of range", expected=f"any, all, or 1 to {len(members)}")
        self.groups.append(Group(name=name, threshold=int(number), members=tuple(members)))
        _bound(self.groups)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise _wrong("there is more than one quorum")
        if name != NONE and name not in self._names():
            raise _wrong("the quorum names what no line before it defines")
        self.quorum = name

    def _names(self) -> set[str]:
        return {witness.name for witness in self.witnesses} | {group.name for group in self.groups}

    def _new(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise _wrong("a name is taken", expected="another name")


def _utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError as err:
        raise _wrong("a key or address is not UTF-8") from err


def _bound(things: Sequence[object]) -> None:
    if len(things) > MAX_OF_A_KIND:
        raise _wrong("there are too many of a kind", expected=f"up to {MAX_OF_A_KIND}")


def _wrong(what: str, *, expected: str = "") -> InvalidInput:
    return InvalidInput("trust.policy", what, expected=expected)
