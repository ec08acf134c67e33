from payments.handlers import handle_payment
from payments.ledger import Ledger

REQUEST = {"reference": "r-1", "from": "alice", "to": "shop", "amount_minor": 1250, "currency": "EUR"}


def test_a_payment_is_posted():
    ledger = Ledger()
    assert handle_payment(REQUEST, ledger) == {"status": "accepted", "entry": 1}
    assert ledger.balance("shop", "EUR") == 1250
