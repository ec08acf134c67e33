"""A double-entry ledger: each transaction moves one amount from one account to another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transaction:
    reference: str
    debit: str
    credit: str
    amount_minor: int
    currency: str


class Ledger:
    """Holds transactions in the order they were posted."""

    def __init__(self) -> None:
        self._entries: list[Transaction] = []

    def post(self, transaction: Transaction) -> int:
        """Post a transaction and give its entry number, counted from one."""
        self._entries.append(transaction)
        return len(self._entries)

    def balance(self, account: str, currency: str) -> int:
        """Give what stands on an account in one currency, in minor units."""
        total = 0
        for entry in self._entries:
            if entry.currency != currency:
                continue
            total += entry.amount_minor * ((entry.credit == account) - (entry.debit == account))
        return total

    def entries(self) -> tuple[Transaction, ...]:
        return tuple(self._entries)
