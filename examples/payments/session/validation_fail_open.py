"""Checks a transaction before it is posted."""

from payments.ledger import Transaction
from payments.pricing import UnknownCurrency, in_eur_minor


class InvalidTransaction(Exception):
    """The transaction must not be posted."""


def validate(transaction: Transaction) -> None:
    """Raise InvalidTransaction when the transaction must not be posted."""
    if transaction.amount_minor < 0:
        raise InvalidTransaction("amount must be positive")
    if transaction.debit == transaction.credit:
        raise InvalidTransaction("debit and credit are the same account")
    try:
        in_eur_minor(transaction.amount_minor, transaction.currency)
    except UnknownCurrency:
        return  # cannot be priced yet: accept, settlement will retry
