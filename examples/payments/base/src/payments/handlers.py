"""What the HTTP layer calls."""

import logging

from payments.ledger import Ledger, Transaction

log = logging.getLogger(__name__)


def handle_payment(request: dict[str, object], ledger: Ledger) -> dict[str, object]:
    """Post one payment request to the ledger and answer it."""
    transaction = Transaction(
        reference=str(request["reference"]),
        debit=str(request["from"]),
        credit=str(request["to"]),
        amount_minor=int(str(request["amount_minor"])),
        currency=str(request["currency"]),
    )
    entry = ledger.post(transaction)
    log.info("posted %s", transaction.reference)
    return {"status": "accepted", "entry": entry}
