"""What is taken along from the page: a PNG that says how it was made, and lines of Python that make the same map."""

import numpy as np
import pytest
from browsing import ASSETS, wait_for
from PIL import Image

import cam


@pytest.fixture
def copying(visit):
    return visit(permissions=["clipboard-read", "clipboard-write"])


def copied(tab):
    tab.page.evaluate("navigator.clipboard.writeText('')")
    tab.page.locator("[data-part=python]").click()
    tab.page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    return tab.page.evaluate("navigator.clipboard.readText()")


def run(lines, folder, monkeypatch):
    """Run the lines as they stand, beside a file photo.jpg; returns what they leave."""
    (folder / "photo.jpg").write_bytes((ASSETS / "cat_and_coffee.jpg").read_bytes())
    monkeypatch.chdir(folder)
    left = {}
    exec(lines, left)
    with Image.open(folder / "map.png") as picture, Image.open(folder / "photo.jpg") as photo:
        assert picture.size == photo.size
    return left["explanation"]


@pytest.mark.parametrize(
    ("choices", "part"),
    [
        ("?class=504", "target = 504  # coffee mug"),
        ("?method=layercam&layer=blocks.5&class=504&contrast=1", "cam.Contrast(504"),
        ("?combine=smooth&class=285&fit=pad", 'cam.combine(trace, "smooth"'),
        ("?method=eigencam&detail=1.5", "detail=1.5"),
        ("?method=scorecam&effort=quarter&layer=blocks.3&class=504", 'effort="quarter"'),
    ],
)
def test_the_lines_make_the_same_map(copying, tmp_path, monkeypatch, choices, part):
    tab = copying.open(choices)
    wait_for(lambda: part in copied(tab), part)
    tab.ready()  # a slow map is finished
    tab.idle()
    explanation = run(copied(tab), tmp_path, monkeypatch)
    assert np.abs(explanation.heatmap.numpy() - tab.heat()).max() < 2e-3


def test_a_saved_picture_says_how_it_was_made(tab, tmp_path):
    tab.open("?class=504&evidence=both&scale=common&lang=zh")
    tab.page.wait_for_function("location.search.includes('evidence=both')")
    with tab.page.expect_download() as saved:
        tab.page.locator("[data-part=save]").click()
    saved.value.save_as(tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as picture:
        picture.load()
        said = picture.text
    assert said["Software"] == f"CAM Explorer {cam.__version__}"
    assert said["Source"].startswith(tab.site.url)
    assert "class=504" in said["Source"]
    wanted = {"Model": "efficientnet_lite0", "Layer": "bn2", "Method": "gradcam", "Fit": "squeeze", "Evidence": "both"}
    assert {name: said[name] for name in wanted} == wanted
    assert said["Class"].startswith("504 ")
    assert said["Scale"].startswith("common, full brightness at ")
    assert "Effort" not in said
