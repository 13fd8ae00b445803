"""Fixtures of the tests that ask the running page over HTTP."""

import httpx
import pytest
from browsing import PATIENCE
from load import Protocol


@pytest.fixture(scope="module")
def http(site):
    """A client of the page."""
    with httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def protocol(http):
    """What the page's configuration says to a browser."""
    return Protocol.read(http.get("config").json())
