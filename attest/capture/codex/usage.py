"""Tokens per model, from counters that only grow."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import Fields
from attest.capture.records import count_of, field
from attest.model.basis import Basis
from attest.model.usage import Usage

RULE = "codex/usage.token-count@1"
MAX_MODELS = 64
_NAMES = ("input_tokens", "cached_input_tokens", "output_tokens", "total_tokens")


@dataclass(slots=True)
class Tokens:
    """Adds up the last request of each `token_count` whose total grew: the same count is often written twice.

    `input_tokens` of Codex holds the cached ones; here they are taken out, so that input and cache add up once.
    """

    models: dict[str, None] = member(default_factory=dict)
    sums: dict[str, list[int]] = member(default_factory=dict)
    total: tuple[int, ...] = (0, 0, 0, 0)
    model: str = ""

    def turn(self, model: str) -> None:
        """Note the model of the turn."""
        if model and (model in self.models or len(self.models) < MAX_MODELS):
            self.model = model[:256]
            self.models.setdefault(self.model)

    def count(self, payload: Fields) -> None:
        """Take one `token_count`."""
        info = field(payload, "info")
        if not info:
            return
        total = _amounts(field(info, "total_token_usage"))
        if total == self.total and any(total):
            return
        last = field(info, "last_token_usage")
        amounts = (
            _amounts(last) if last else tuple(max(0, now - then) for now, then in zip(total, self.total, strict=True))
        )
        self.total = total
        sums = self.sums.setdefault(self.model or "unknown", [0, 0, 0, 0])
        cached = min(amounts[0], amounts[1])
        for place, amount in enumerate((1, amounts[0] - cached, amounts[2], cached)):
            sums[place] += amount

    def finish(self) -> tuple[Usage, ...]:
        """Give the sums per model."""
        return tuple(
            Usage(
                model=model,
                messages=sums[0],
                input_tokens=sums[1],
                output_tokens=sums[2],
                cache_read_tokens=sums[3],
                cache_write_tokens=0,
                by_subagents=False,
                rule=RULE,
                basis=Basis.REPORTED,
            )
            for model, sums in self.sums.items()
        )


def _amounts(usage: Fields) -> tuple[int, ...]:
    return tuple(count_of(usage, name) or 0 for name in _NAMES)
