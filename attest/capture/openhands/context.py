"""What OpenHands puts around a conversation: the task of a resolver or an evaluation, and knowledge it recalls."""

from __future__ import annotations

from attest.capture.lines import Fields
from attest.capture.records import field, items_of, text_of
from attest.capture.spots import inside
from attest.capture.steps import HumanPrompt, Injected, Notice, Place, Step

MAX_KNOWLEDGE = 64
"""Pieces of one recall that become events of their own."""


def task_of(fields: Fields, place: Place) -> tuple[Step, ...]:
    """Give what was asked: the issue in its own words, then the instruction that the program made of it."""
    found: list[Step] = []
    issue = field(fields, "issue")
    asked = "\n\n".join(text for text in (text_of(issue, "title"), text_of(issue, "body")) if text.strip())
    spot = inside(place, "issue")
    if not asked:
        asked = text_of(field(fields, "instance"), "problem_statement")
        spot = inside(place, "instance", "problem_statement")
    if asked.strip():
        found.append(HumanPrompt(place=spot, text=asked, carried_plan=None))
    if text_of(fields, "instruction").strip():
        text = text_of(fields, "instruction")
        found.append(Injected(place=inside(place, "instruction"), kind="instruction", text=text))
    return tuple(found) or (Notice(place=place, kind="output", text=text_of(fields, "instance_id"), fields={}),)


def recalled(fields: Fields, place: Place) -> list[Step]:
    """Give the instructions and the knowledge that a recall put into the conversation."""
    extras = field(fields, "extras")
    found: list[Step] = []
    text = text_of(extras, "repo_instructions")
    if text.strip():
        found.append(Injected(place=inside(place, "extras", "repo_instructions"), kind="instructions", text=text))
    for number, one in enumerate(items_of(extras, "microagent_knowledge")[:MAX_KNOWLEDGE]):
        if isinstance(one, dict) and text_of(one, "content").strip():
            spot = inside(place, "extras", "microagent_knowledge", number, "content")
            found.append(Injected(place=spot, kind="knowledge", text=text_of(one, "content")))
    return found or [Notice(place=place, kind="recall", text=text_of(fields, "content"), fields={})]
