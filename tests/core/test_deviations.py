"""The document's figures on how far libraries are from the papers are those that are measured."""

from importlib.metadata import version

import pytest
from deviations import DEVIATIONS, written
from tables import DOCS

FIGURES = written((DOCS / "proof.md").read_text())
NAMES = [f"{one.library}-{one.method}-{one.where}" for one in DEVIATIONS]


@pytest.mark.parametrize(("one", "figures"), [*zip(DEVIATIONS, FIGURES, strict=True)], ids=NAMES)
def test_the_document_says_by_how_much_a_library_differs(one, figures):
    library, number = one.library.split()
    if version(library) != number:
        pytest.skip(f"the figure is that of {one.library}")
    difference, correlation = one.measured()
    assert (difference, correlation) == pytest.approx(figures, abs=0.01)
    assert difference > 0.02  # what is smaller is no other method
