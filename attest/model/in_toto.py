"""in-toto links and a layout (in-toto spec 1.0) for session, review, merge and release, as plain values; nothing is signed here.

| step | materials | products |
|---|---|---|
| session | | `git/<oid>` of every commit that a session led to |
| review | those commits | the same: approved as they are |
| merge | those commits | `landed`: the commit that landed |
| release | `landed` | the files that were released |

The digest of a commit is SHA-256 of its raw object, as everywhere in Whereof. The last word is an inspection, in the
folder where the files are: each must be there, with the digest that the release step gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STEPS: Final = ("session", "review", "merge", "release")
INSPECTION: Final = "product"
LANDED: Final = "landed"
_GLOB_CHARACTERS: Final = frozenset("*?[]\\")
Artifacts = dict[str, dict[str, str]]
"""Digest by hash name, by artifact name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What the four steps were over."""

    commits: Mapping[str, str]
    """SHA-256 of the raw object by oid: each with a session and an approving review."""
    landed: str
    """SHA-256 of the raw object of the commit that landed."""
    products: Mapping[str, str]
    """SHA-256 by file name."""
    sessions: tuple[str, ...]
    """`att_…` of the sessions."""
    reviews: tuple[str, ...]


def links(chain: Chain) -> dict[str, dict[str, object]]:
    """Give the link of every step, by its name.

    Raises:
        InvalidInput: a product's name would be read as a pattern, or is one of ours.
    """
    _require_names(chain.products)
    commits = {f"git/{oid}": {"sha256": digest} for oid, digest in sorted(chain.commits.items())}
    landed = {LANDED: {"sha256": chain.landed}}
    products = {name: {"sha256": digest} for name, digest in sorted(chain.products.items())}
    return {
        "session": _link("session", {}, commits, chain.sessions),
        "review": _link("review", commits, commits, chain.reviews),
        "merge": _link("merge", commits, landed),
        "release": _link("release", landed, products),
    }


def layout(products: Sequence[str], key: Mapping[str, object], *, expires: str, readme: str) -> dict[str, object]:
    """Give the layout that demands the four steps, each signed by `key` (with its `keyid`); `expires` is RFC 3339, UTC.

    Raises:
        InvalidInput: as for `links`.
    """
    _require_names(products)
    key_id = str(key["keyid"])
    none = ["DISALLOW", "*"]
    reviewed = ["MATCH", "git/*", "WITH", "MATERIALS", "FROM", "review"]
    steps = [
        _step("session", key_id, [none], [reviewed, none]),
        _step("review", key_id, *[[["MATCH", "git/*", "WITH", "PRODUCTS", "FROM", "session"], none]] * 2),
        _step(
            "merge",
            key_id,
            [["MATCH", "git/*", "WITH", "PRODUCTS", "FROM", "review"], none],
            [["REQUIRE", LANDED], ["ALLOW", LANDED], none],
        ),
        _step(
            "release",
            key_id,
            [["REQUIRE", LANDED], ["MATCH", LANDED, "WITH", "PRODUCTS", "FROM", "merge"], none],
            [*(["REQUIRE", name] for name in products), *(["ALLOW", name] for name in products), none],
        ),
    ]
    seen = [
        rule
        for name in products
        for rule in (["REQUIRE", name], ["MATCH", name, "WITH", "PRODUCTS", "FROM", "release"], ["DISALLOW", name])
    ]
    inspection = {
        "_type": "inspection",
        "name": INSPECTION,
        "run": ["true"],
        "expected_materials": [*seen, ["ALLOW", "*"]],
        "expected_products": [],
    }
    return {
        "_type": "layout",
        "readme": readme,
        "expires": expires,
        "keys": {key_id: dict(key)},
        "steps": steps,
        "inspect": [inspection],
    }


def _require_names(names: Sequence[str] | Mapping[str, str]) -> None:
    for name in names:
        if not name or _GLOB_CHARACTERS & set(name) or name.startswith(("git/", "/", ".")) or name == LANDED:
            raise InvalidInput("input.malformed", "not a name for a released file", got=repr(name)[:80])


def _link(name: str, materials: Artifacts, products: Artifacts, rests_on: tuple[str, ...] = ()) -> dict[str, object]:
    byproducts: dict[str, object] = {"attestations": list(rests_on)} if rests_on else {}
    return {
        "_type": "link",
        "name": name,
        "command": [],
        "materials": materials,
        "products": products,
        "byproducts": byproducts,
        "environment": {},
    }


def _step(
    name: str, key_id: str, expected_materials: list[list[str]], expected_products: list[list[str]]
) -> dict[str, object]:
    return {
        "_type": "step",
        "name": name,
        "pubkeys": [key_id],
        "threshold": 1,
        "expected_command": [],
        "expected_materials": expected_materials,
        "expected_products": expected_products,
    }
