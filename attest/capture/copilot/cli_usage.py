"""Tokens of a Copilot session log: told per message only in part, and in full when the program ends."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import Fields
from attest.capture.normaliser import Tokens, TokenSums
from attest.capture.records import count_of, field, maybe_text, text_of

MAX_MODELS = 256


@dataclass(slots=True)
class Usages:
    """Counts output tokens message by message until the program's own sums replace them.

    A log that was resumed has several sums, each of one run of the program.
    """

    provisional: list[str] = member(default_factory=list)
    """Keys of messages since the last sums."""

    def message(self, data: Fields, model: str, tokens: TokenSums, *, by_subagent: bool) -> None:
        """Take a message of the agent. Parts of one answer carry the same call of the interface."""
        output = count_of(data, "outputTokens")
        key = maybe_text(data, "apiCallId") or maybe_text(data, "messageId")
        if output is None or key is None:
            return
        tokens.add(model or "(not told)", Tokens(output=output), key=key, by_subagent=by_subagent)
        self.provisional.append(key)

    def shutdown(self, data: Fields, tokens: TokenSums) -> None:
        """Take the sums of a run of the program. What it names as input holds what was read from the cache."""
        metrics = field(data, "modelMetrics")
        if not metrics:
            return
        for key in self.provisional:
            tokens.withdraw(key)
        self.provisional.clear()
        for model in list(metrics)[:MAX_MODELS]:
            told = field(metrics, model)
            usage = field(told, "usage")
            read, write = count_of(usage, "cacheReadTokens") or 0, count_of(usage, "cacheWriteTokens") or 0
            whole = count_of(usage, "inputTokens") or 0
            tokens.add(
                text_of({"model": model}, "model"),
                Tokens(
                    input=max(0, whole - read),
                    output=count_of(usage, "outputTokens") or 0,
                    cache_read=read,
                    cache_write=write,
                ),
                messages=count_of(field(told, "requests"), "count") or 1,
            )
