"""Rules of the profile `phi`: the identifiers of health data that have a written form (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)).

Names, places and dates told in words come from the language model. Dates are replaced whole, years too. Not covered:
faces, fingerprints, and what only a reader would know to point to one person.
"""

from __future__ import annotations

from typing import Final

from redaction.rules import Accept, Rule

GROUP: Final = "phi"
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH_NUMBER: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_NUMBER: Final = r"(?:[ \t_-]{0,3}(?:serial|record|number|num|no|id|\#)\b\.?){0,3}[ \t]{0,3}[:#=]?[ \t]{0,3}([A-Za-z0-9][A-Za-z0-9-]{3,24})\b"
_STREET: Final = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|parkway|pkwy"
    r"|highway|hwy)"
)


def _numbered(value: str, _match: str) -> bool:
    return any(c.isdigit() for c in value)


def _rule(name: str, entity: str, pattern: str, *, capture: int = 0, accept: Accept | None = None) -> Rule:
    return Rule(name=f"phi-{name}", group=GROUP, entity=entity, pattern=pattern, capture=capture, accept=accept)


PHI_RULES: Final[tuple[Rule, ...]] = (
    _rule("date-iso", "DATE_TIME", rf"\b{_YEAR}[-/.]{_MONTH_NUMBER}[-/.]{_DAY}\b"),
    _rule(
        "date-numbers",
        "DATE_TIME",
        rf"\b(?:{_DAY}[./-]{_MONTH_NUMBER}|{_MONTH_NUMBER}[./-]{_DAY})[./-](?:{_YEAR}|[0-9]{{2}})\b",
    ),
    _rule(
        "date-month-first",
        "DATE_TIME",
        rf"(?i)\b{_MONTH}\.?[ \t]{{1,2}}{_DAY}(?:st|nd|rd|th)?(?:,?[ \t]{{1,2}}{_YEAR})?\b",
    ),
    _rule(
        "date-day-first",
        "DATE_TIME",
        rf"(?i)\b{_DAY}(?:st|nd|rd|th|\.)?[ \t]{{1,2}}(?:of )?{_MONTH}\.?(?:,?[ \t]{{1,2}}{_YEAR})?\b",
    ),
    _rule(
        "age",
        "AGE",
        r"(?i)\b(?:9[0-9]|1[0-4][0-9])[ -]{0,2}(?:years?|yrs?)?[ -]{0,2}(?:old|y/?o)\b|\b(?:aged?|age of)[: ]{1,2}(?:9[0-9]|1[0-4][0-9])\b",
    ),
    _rule(
        "medical-record",
        "MEDICAL_RECORD",
        r"(?i)\b(?:mrn|medical[ _-]record|patient|chart|encounter|accession|nhs|specimen|admission)" + _NUMBER,
        capture=1,
        accept=_numbered,
    ),
    _rule(
        "health-plan",
        "HEALTH_PLAN",
        r"(?i)\b(?:health[ -]plan|beneficiary|medicare|medicaid|insurance|policy|subscriber|member|group)" + _NUMBER,
        capture=1,
        accept=_numbered,
    ),
    _rule(
        "account",
        "ACCOUNT",
        r"(?i)\b(?:account|acct|certificate|licen[cs]e|vehicle|vin|plate|serial|device)" + _NUMBER,
        capture=1,
        accept=_numbered,
    ),
    _rule("zip", "LOCATION", r"\b[A-Z]{2}[ ,]{1,2}([0-9]{5}(?:-[0-9]{4})?)\b", capture=1),
    _rule(
        "street",
        "LOCATION",
        rf"\b[0-9]{{1,6}}[A-Za-z]?[ \t](?:[A-Z][A-Za-z.'-]{{0,30}}[ \t]){{1,4}}(?i:{_STREET})\b\.?",
    ),
)

PHI_LABELS: Final[tuple[tuple[str, str], ...]] = (
    ("DATE", "DATE_TIME"),
    ("FAC", "LOCATION"),
    ("GPE", "LOCATION"),
    ("LOC", "LOCATION"),
    ("TIME", "DATE_TIME"),
)
"""(label of the model, entity)."""
