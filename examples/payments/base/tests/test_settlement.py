from payments.ledger import Ledger, Transaction
from payments.settlement import settle


def test_turnover_is_in_euro_cents():
    ledger = Ledger()
    ledger.post(Transaction(reference="r-1", debit="a", credit="b", amount_minor=1000, currency="USD"))
    assert settle(ledger) == 920
