"""Each row of the proof table within its tolerance, and no method without a row."""

import pytest
from proof import ROWS

from cam import METHODS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.oracle}-{row.net}")
def test_method_agrees_with_its_oracle(row):
    assert row.difference() <= row.tolerance


def test_every_method_has_a_row():
    assert set(METHODS) <= {row.method for row in ROWS}
