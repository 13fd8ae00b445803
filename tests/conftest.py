"""Fixtures shared by the tests."""

import pathlib

import pytest

import cam  # first of all: torchvision and timm may not import without its operators

ASSETS = pathlib.Path(__file__).parents[1] / "assets"


@pytest.fixture(scope="session")
def lite0():
    """The bundled default model with its real weights."""
    return cam.load_model("efficientnet_lite0")


@pytest.fixture(scope="session")
def photo():
    """The path of the example with a cat and a cup."""
    return ASSETS / "cat_and_coffee.jpg"
