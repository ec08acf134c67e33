"""Finding recordings by their words: SQLite's FTS5 and PostgreSQL's tsvector behind one interface.

Both are given the same distinct, folded words, made by `attest.model.search_touch.words_of`, so both find the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import col, delete, select

from attest.store.search_tables import SearchWordsRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from attest.model.scope import Scope

_PG = "array_to_tsvector(string_to_array(search_words.words, ' ')) @@ CAST(:asked AS tsquery)"


def put_words(session: Session, scope: Scope, doc: int, words: Sequence[str]) -> None:
    """Keep the words of a document, whose old ones were removed before."""
    joined = " ".join(words)
    session.add(SearchWordsRow(tenant=scope.tenant, doc=doc, words=joined))
    session.flush()
    if _on_sqlite(session):
        session.execute(text("INSERT INTO search_text (rowid, words) VALUES (:doc, :words)"), _of(doc, joined))


def remove_words(session: Session, scope: Scope, docs: Sequence[int]) -> None:
    """Remove the words of documents; nothing of them is left in the index when `settle` was called."""
    for doc in docs:
        row = session.get(SearchWordsRow, (scope.tenant, doc))
        if row is None:
            continue
        if _on_sqlite(session):
            gone = text("INSERT INTO search_text (search_text, rowid, words) VALUES ('delete', :doc, :words)")
            session.execute(gone, _of(doc, row.words))
        session.execute(
            delete(SearchWordsRow).where(col(SearchWordsRow.tenant) == scope.tenant, col(SearchWordsRow.doc) == doc)
        )
        session.expunge(row)


def settle(session: Session) -> None:
    """Merge the full-text table into one piece: FTS5 keeps a deleted document's words until then."""
    # scope: works on the whole table, reads nothing
    if _on_sqlite(session):
        session.execute(text("INSERT INTO search_text (search_text) VALUES ('optimize')"))


def docs_with_words(session: Session, scope: Scope, words: Sequence[str], *, limit: int) -> tuple[int, ...]:
    """Give documents that hold all of these words, folded as `words_of` does, at most `limit`."""
    if not words:
        return ()
    query = select(SearchWordsRow.doc).where(SearchWordsRow.tenant == scope.tenant).limit(limit)
    if _on_sqlite(session):
        asked = " ".join(f'"{word}"' for word in words)
        within = text("search_words.doc IN (SELECT rowid FROM search_text WHERE search_text MATCH :asked)")
        return tuple(session.exec(query.where(within.bindparams(asked=asked))).all())
    asked = " & ".join(f"'{word}'" for word in words)
    return tuple(session.exec(query.where(text(_PG).bindparams(asked=asked))).all())


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _of(doc: int, words: str) -> dict[str, object]:
    return {"doc": doc, "words": words}
