"""Section 8: the claims, what became of each, and the words of the result."""

from __future__ import annotations

# ruff: noqa: UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.

CLAIMS = (
    "archive manifest question trust head window entries signatures certificates times complete parts witnesses anchors"
).split()
OPTIONAL = ("parts", "witnesses", "anchors")
MAX_SHOWN = 100


class Result:
    """What was found so far."""

    def __init__(self) -> None:
        self.said: dict[str, tuple[str, str]] = {}
        self.failures: list[str] = []
        self.failed: dict[str, int] = {}
        self.needed = {one for one in CLAIMS if one not in OPTIONAL}
        self.signers: dict[tuple[str, str], int] = {}

    def fail(self, claim: str, place: str, what: str) -> None:
        """Note one failure."""
        self.failed[claim] = self.failed.get(claim, 0) + 1
        if len(self.failures) < MAX_SHOWN:
            self.failures.append(f"{claim}: {place}: {what}")

    def close(self, claim: str, detail: str, not_checked: str = "") -> None:
        """End a claim."""
        if claim in self.failed:
            self.said[claim] = ("FAILED", "%d failed" % self.failed[claim])
        elif not_checked:
            self.said[claim] = ("not checked", not_checked)
        else:
            self.said[claim] = ("checked", detail)

    def state(self, claim: str) -> str:
        """What became of a claim."""
        return self.said.get(claim, ("not checked", ""))[0]

    def exit_code(self) -> int:
        """0, 3 or 5."""
        if any(self.state(one) == "FAILED" for one in CLAIMS):
            return 3
        return 5 if any(self.state(one) == "not checked" for one in self.needed) else 0

    def show(self) -> list[str]:
        """Give all lines."""
        behind = ("not checked", "an earlier claim failed or could not be checked")
        lines = ["%-11s %s: %s" % (self.said.get(one, behind)[0], one, self.said.get(one, behind)[1]) for one in CLAIMS]
        lines += ["  " + one for one in self.failures]
        for (name, issuer), count in sorted(self.signers.items())[:MAX_SHOWN]:
            lines.append("  signer: %s by %s: %d entries" % (name, issuer, count))
        code = self.exit_code()
        if code == 3:
            failed = ", ".join(one for one in CLAIMS if self.state(one) == "FAILED")
            lines.append(f"INVALID: {failed}: do not rely on this evidence; keep it and report it")
        elif code == 5:
            missing = [one for one in CLAIMS if one in self.needed and self.state(one) == "not checked"]
            lines.append("not decided: " + ", ".join(missing))
        else:
            lines.append("valid: every claim that is needed was checked and holds")
        return ["".join(ch if ch.isprintable() else "?" for ch in line) for line in lines]
