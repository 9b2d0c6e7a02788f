"""Requests made from the contract: whatever is sent, the answer is one that the contract names."""

import schemathesis
from hypothesis import Phase, settings

from tests.contract.cases import SETTLED, Caller, operations

FEW = 5


@operations.parametrize()
@settings(SETTLED, max_examples=FEW, phases=[Phase.generate])
def test_every_answer_is_in_the_contract(case: schemathesis.Case, caller: Caller) -> None:
    caller.check(case)
