"""What an event of OpenHands holds of the model's response beside it: tokens, reasoning, and a call's arguments."""

from __future__ import annotations

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.normaliser import Tokens
from attest.capture.records import count_of, field, items_of, text_of
from attest.capture.spots import inside
from attest.capture.steps import AgentText, Place, Reasoning, Step


def tokens_of(usage: Fields) -> Tokens:
    """Give the tokens of a response. `prompt_tokens` holds the cached ones; here they are taken out."""
    read = count_of(usage, "cache_read_input_tokens") or count_of(usage, "cache_read_tokens") or 0
    read = read or count_of(field(usage, "prompt_tokens_details"), "cached_tokens") or 0
    write = count_of(usage, "cache_creation_input_tokens") or count_of(usage, "cache_write_tokens") or 0
    whole = count_of(usage, "prompt_tokens") or 0
    return Tokens(
        input=max(0, whole - read - write),
        output=count_of(usage, "completion_tokens") or 0,
        cache_read=read,
        cache_write=write,
    )


def thoughts_of(fields: Fields, place: Place) -> list[Step]:
    """Give the reasoning and the words that came with a call; they stand with the first call of a response."""
    found: list[Step] = []
    choices = items_of(field(fields, "tool_call_metadata", "model_response"), "choices")
    message = field(choices[0], "message") if choices and isinstance(choices[0], dict) else {}
    reasoning = text_of(message, "reasoning_content")
    thought = text_of(field(fields, "args"), "thought")
    if reasoning.strip() and thought.strip():
        names = ("tool_call_metadata", "model_response", "choices", 0, "message", "reasoning_content")
        found.append(Reasoning(place=inside(place, *names), text=reasoning))
    return [*found, *said(thought, inside(place, "args", "thought"))]


def said(text: str, place: Place) -> list[Step]:
    """Give the agent's words as a step, where there are any."""
    return [AgentText(place=place, text=text)] if text.strip() else []


def function_arguments(meta: Fields) -> Fields:
    """Give the arguments that the model wrote for the call that `tool_call_metadata` is of; empty where not kept."""
    wanted = text_of(meta, "tool_call_id")
    for choice in items_of(field(meta, "model_response"), "choices"):
        calls = items_of(field(choice, "message"), "tool_calls") if isinstance(choice, dict) else []
        for call in calls:
            if isinstance(call, dict) and text_of(call, "id") == wanted:
                told = parse_line(text_of(field(call, "function"), "arguments").encode("utf-8", "replace"))
                return {} if isinstance(told, LineFault) else told
    return {}
