import pytest

from payments.handlers import handle_payment
from payments.ledger import Ledger

REQUEST = {"reference": "r-1", "from": "alice", "to": "shop", "amount_minor": 1250, "currency": "EUR"}


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 0}, {"amount_minor": -5}, {"to": "alice"}, {"currency": "XTS"}],
)
def test_an_invalid_transaction_is_not_posted(change):
    ledger = Ledger()
    assert handle_payment({**REQUEST, **change}, ledger)["status"] == "rejected"
    assert ledger.entries() == ()
