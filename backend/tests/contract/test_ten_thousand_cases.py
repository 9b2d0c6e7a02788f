"""The same with more than ten thousand requests."""

import pytest
import schemathesis
from hypothesis import settings

from tests.contract.cases import SETTLED, Caller, operations

MANY = 130
"""With some eighty operations more than 10,000 cases."""


@pytest.mark.slow
@operations.parametrize()
@settings(SETTLED, max_examples=MANY)
def test_every_answer_is_in_the_contract_ten_thousand_times(case: schemathesis.Case, caller: Caller) -> None:
    caller.check(case)
