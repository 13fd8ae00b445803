"""The lesson of a box and of a region: the numbers of the core, sums that add up, words that are true of findings."""

import numpy as np
import pytest
from test_language import CUT, WIDE, names
from test_lesson import Lesson, number

from cam import explain, load_model, steps, trace
from cam.maps.linked import cell

BOX = "?model=nanodet_g&example=two_people&target=2"
REGION = "?model=u2netp&example=two_people"
QUERIES = {"nanodet_g": BOX, "u2netp": REGION}


def told(visit, site, query):
    tab = visit()
    tab.page.goto(f"{site.url}{query}&tab=lesson")
    return Lesson(tab)


@pytest.fixture(scope="module")
def mapped():
    """By model: the map of the second box of two, and of the only region."""
    made = {}
    for model, place in (("nanodet_g", 1), ("u2netp", 0)):
        recorded = trace(load_model(model), "assets/two_people.jpg")
        made[model] = explain(recorded, None, recorded.top()[place])
    return made


@pytest.mark.parametrize("model", QUERIES)
def test_the_numbers_are_those_of_the_core_and_a_cell_adds_up(visit, site, mapped, model):
    """Also the products, which the page multiplies itself; the printed rows are the printed value."""
    explanation = mapped[model]
    lesson = told(visit, site, QUERIES[model])
    real = {step.name: step for step in steps(explanation, picture=False)}
    assert lesson.names == [*real, "overlay"]
    for name in ("scores", "activations", "gradients", "products", "weighted_sum"):
        wanted = real[name].tensor.numpy().ravel()
        found = lesson.values(name)
        assert found.shape == wanted.shape, f"{name} is here for all channels"
        assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max(), name
    assert real["scores"].formula.split(" = ")[-1] in lesson.text("formula")
    raw = explanation.raw.numpy()
    assert 0 <= float(lesson.data("difference")) < 1e-4 * raw.max()
    assert lesson.text("check").startswith("✓")
    lesson.go("weighted_sum")
    assert lesson.cell() == list(np.unravel_index(raw.argmax(), raw.shape)), "it begins at the peak"
    lesson.root.locator(".cells").focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown"):
        lesson.page.keyboard.press(key)
        row, column = lesson.cell()
        wanted = cell(list(real.values()), row, column, 7)
        table = lesson.table()
        assert table[0][1].startswith("Gradient")
        assert [int(one[0]) for one in table[1:8]] == wanted.channels
        printed = [number(one[3]) for one in table[1:8]]
        rest, value = number(table[8][1]), number(table[9][1])
        unit = 10.0 ** -(len(table[9][1].partition(".")[2]))  # of the last digit
        assert np.allclose(printed, wanted.products, atol=0.6 * unit)
        assert round(sum(printed) + rest, 6) == value
        assert abs(value - raw[row, column]) <= 0.6 * unit


@pytest.mark.parametrize("model", QUERIES)
def test_no_sentence_speaks_of_classes_where_things_were_found(visit, site, mapped, model):
    lesson = told(visit, site, QUERIES[model])
    for step in lesson.names:
        lesson.go(step)
        for part in ("plain", "try", "ask"):
            words = lesson.text(part)
            assert words.strip()
            assert "class" not in words or "score for each class" in words, f"{step}: {words}"
    lesson.go("weighted_sum")
    blue = "blue ones lower it" in lesson.text("plain")
    assert blue == bool((mapped[model].raw < 0).any())
    assert ("a blue one" in lesson.text("try")) == blue
    lesson.go("relu")
    assert ("which places were blue" in lesson.text("try")) == blue


@pytest.mark.parametrize("step", ["weighted_sum", "overlay"])
def test_the_box_is_drawn_on_the_photo(visit, site, mapped, step):
    """In the colour of its class along its edges, and along no others."""
    lesson = told(visit, site, BOX)
    lesson.go(step)
    one, other = mapped["nanodet_g"].trace.top(2)
    width, height = mapped["nanodet_g"].trace.view.size
    script = """([x, y]) => {
      const canvas = document.querySelector('.lesson .figure > canvas, .lesson .over canvas.photo');
      const [cx, cy] = [Math.round(x * canvas.width), Math.round(y * canvas.height)];
      return [...canvas.getContext('2d').getImageData(cx, cy, 1, 1).data].slice(0, 3);
    }"""

    def colour(box, side):
        x = box[side] / width
        y = (box[1] + box[3]) / 2 / height
        return lesson.page.evaluate(script, [x, y])

    mark = [230, 159, 0]
    inner = 2 if other.box[0] < one.box[0] else 0  # the edge that lies inside the photo
    assert np.abs(np.subtract(colour(other.box, inner), mark)).max() < 12
    assert np.abs(np.subtract(colour(one.box, 2 - inner), mark)).max() > 40


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("model", QUERIES)
def test_nothing_is_cut_and_chinese_is_chinese(visit, site, model, width):
    tab = visit("", width=width)
    tab.page.goto(f"{site.url}{QUERIES[model]}&tab=lesson&lang=zh")
    lesson = Lesson(tab)
    known = names(tab) | {"relu", "max", "min", "nanodet", "net", "stage4", "down", "hirescam"}
    for step in lesson.names:
        lesson.go(step)
        assert tab.page.evaluate(CUT) == [], step
        assert tab.page.evaluate(WIDE) <= 0, step
        assert lesson.latin(known) == set(), step
