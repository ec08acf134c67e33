"""Section 8: the witnesses that cosigned the head, under a policy from outside."""

from __future__ import annotations

# ruff: noqa: UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import re

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.evidence.standalone.archive import expect
from attest.evidence.standalone.entries import Window
from attest.evidence.standalone.roots import read_note, read_vkey, signed_by

Key = tuple[str, bytes, bytes]
MAX_OF_A_KIND = 64
LINE_FORMS = {"log": (2, 3), "witness": (3, 4), "group": (4, 4096), "quorum": (2, 2)}


class Policy:
    """A C2SP tlog-policy file."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""
        self.used: set[str] = set()

    def take(self, words: list[str]) -> None:
        """Read one line."""
        least, most = LINE_FORMS.get(words[0], (1, 0))
        expect(least <= len(words) <= most, "a line of the policy is of no known form")
        known = set(self.witnesses) | set(self.groups)
        if words[0] == "log":
            key = read_vkey(_text(words[1]), 1)
            expect(all(key[2] != one[2] for one in self.logs), "a log stands twice in the policy")
            self.logs.append(key)
        elif words[0] == "quorum":
            expect(not self.quorum and (words[1] == "none" or words[1] in known), "the policy's quorum is unknown")
            self.quorum = words[1]
        else:
            expect(words[1] not in known and words[1] != "none", "a name of the policy stands twice")
            self._named(words, known)
        expect(max(map(len, (self.logs, self.witnesses, self.groups))) <= MAX_OF_A_KIND, "the policy is too long")

    def _named(self, words: list[str], known: set[str]) -> None:
        if words[0] == "witness":
            key = read_vkey(_text(words[2]), 4)
            expect(all(key[2] != one[2] for one in self.witnesses.values()), "a witness stands twice in the policy")
            self.witnesses[words[1]] = key
            return
        members = words[3:]
        fresh = set(members) <= known - self.used and len(set(members)) == len(members)
        expect(fresh, "a group of the policy names what is not defined, or is a member already")
        self.used.update(members)
        number = {"any": "1", "all": str(len(members))}.get(words[2], words[2])
        good = re.fullmatch("[1-9][0-9]{0,4}", number) is not None and int(number) <= len(members)
        expect(good, "a threshold of the policy is out of range")
        self.groups[words[1]] = (int(number), members)

    def reached(self, counted: list[str]) -> bool:
        """Say whether witnesses make the quorum."""
        reached = set(counted)
        for name, (threshold, members) in self.groups.items():
            if len(reached & set(members)) >= threshold:
                reached.add(name)
        return self.quorum == "none" or self.quorum in reached


def read_policy(raw: bytes) -> Policy:
    """Read a policy file, strictly."""
    good = len(raw) <= 256 * 1024 and re.fullmatch(rb"(?:[\t\n\x20-\x7e\x80-\xff]*\n)?", raw)
    expect(good is not None, "this is no policy file")
    policy, lines = Policy(), raw.decode("latin-1").split("\n")[:-1]
    expect(len(lines) <= 1024, "the policy is too long")
    for line in lines:
        words = [one for one in re.split("[ \t]+", line) if one]
        if words and not words[0].startswith("#"):
            policy.take(words)
    expect(bool(policy.quorum), "the policy has no quorum")
    return policy


def _text(word: str) -> str:
    return word.encode("latin-1").decode("utf-8", "replace")


def _same_operator(log: Key, witness: Key) -> bool:
    ours, theirs = (one[0].split("/")[0].split(":")[0].lower().rstrip(".") for one in (log, witness))
    return log[2] == witness[2] or ours == theirs or ours.endswith("." + theirs) or theirs.endswith("." + ours)


def check_witnesses(window: Window, policy: Policy | None) -> None:
    """Check every cosignature that claims a pinned witness, and whether those that count make the quorum."""
    result = window.result
    if policy is not None:
        result.needed.add("witnesses")
    if window.cosigned is None:
        open_because = "the head was not checked"
        if policy is None:
            result.said["witnesses"] = ("none", open_because)
        else:
            result.close("witnesses", "", open_because)
        return
    note, log = window.cosigned[0], read_vkey(window.cosigned[1], 1)
    lines = [one for one in read_note(note)[4] if (one[0], one[1]) != log[:2]]
    if policy is not None:
        _judge(window, policy, log)
    elif lines:
        why = "%d signature lines of others, and no witness policy was given" % len(lines)
        result.close("witnesses", "", why)
    else:
        result.said["witnesses"] = ("none", "no signature line of others")


def _judge(window: Window, policy: Policy, log: Key) -> None:
    result, note = window.result, window.cosigned[0] if window.cosigned is not None else b""
    named = [one for one in policy.logs if one[0] == log[0]]
    if not named:
        result.close("witnesses", "", "the policy names no key of this log")
        return
    if log not in named:
        result.fail("witnesses", "head", "log.vkey is not the key that the policy names")
    message = note.rpartition(b"\n\n")[0] + b"\n"
    signed, others = set(), 0
    for name, hint, signature in read_note(note)[4]:
        pinned = [one for one, key in policy.witnesses.items() if key[:2] == (name, hint)]
        good = [one for one in pinned if _cosigned(policy.witnesses[one], signature, message)]
        if pinned and not good:
            result.fail("witnesses", "witness " + pinned[0], "its cosignature does not hold")
        signed.update(good)
        others += not pinned and (name, hint) != log[:2]
    names = [one for one in policy.witnesses if one in signed]
    same = [one for one in names if _same_operator(log, policy.witnesses[one])]
    counted = [one for one in names if one not in same]
    words = "counted: " + (", ".join(counted) or "none")
    if same:
        words += "; of the log's own operator, so not counted: " + ", ".join(same)
    if others:
        words += "; signature lines of others: %d" % others
    enough = bool(counted) and policy.reached(counted)
    result.close("witnesses", words, "" if enough else "no quorum; " + words)


def _cosigned(key: Key, signature: bytes, message: bytes) -> bool:
    at = int.from_bytes(signature[:8], "big")
    signed = b"cosignature/v1\ntime %d\n" % at + message
    return at < 2**63 and signed_by(ed25519.Ed25519PublicKey.from_public_bytes(key[2]), signature[8:], signed)
