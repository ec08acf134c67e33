"""The nightly settlement job."""

from payments.ledger import Ledger
from payments.pricing import in_eur_minor


def settle(ledger: Ledger) -> int:
    """Give the day's turnover in euro cents."""
    return sum(in_eur_minor(entry.amount_minor, entry.currency) for entry in ledger.entries())
