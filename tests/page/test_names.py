"""Names of classes in both languages: what is shown, what a search finds, and what is fetched for it."""

import pytest
from browsing import Tab

from cam.models.imagenet import imagenet_labels
from cam.page.component import address
from cam.server import class_names

FILE = class_names.offer()["address"]
ENGLISH, CHINESE = imagenet_labels(), imagenet_labels("zh")
TIGER_CAT, PANDA, PAN = (ENGLISH.index(name) for name in ("tiger cat", "lesser panda", "frying pan"))
STORE = f"import(new URL('{address()}/store.js', document.baseURI)).then(({{ store }}) => %s)"
FETCHED = f"performance.getEntriesByType('resource').filter((one) => one.name.endsWith('{FILE}'))"


def known(tab):
    """Wait for the other names."""
    tab.page.wait_for_function(f"async () => await {STORE % 'Boolean(store.state.names)'}")
    return tab


def speak(tab, language):
    known(tab).page.evaluate(STORE % f"store.set({{ language: '{language}' }})")


@pytest.fixture
def find(tab):
    box = known(tab).page.get_by_role("combobox", name="Find a class")

    def found(text):
        box.fill(text)
        options = tab.page.locator(".cx-options [role=option]:visible span:first-child")
        return options.all_inner_texts()

    yield found
    box.press("Escape")


def test_another_name_finds_a_class_and_is_shown(tab, find):
    assert find("red panda") == ["lesser panda · red panda"]
    assert find("小熊猫")[0] == "lesser panda · 小熊猫"
    assert find("lesser panda")[0] == "lesser panda"
    tab.page.keyboard.press("Enter")
    tab.shows(PANDA)
    assert tab.text("title") == "Evidence for “lesser panda”"


def test_the_photo_s_own_classes_come_first(find):
    """Espresso has 6 % here and the soup bowl 1.5 %; nobody's bow tie is in the picture."""
    assert find("bow")[:3] == ["bow", "soup bowl", "bow tie"], "the very name, then what is likely, then a whole word"
    assert find("so")[0] == "espresso", "in the middle of a word"


def test_all_that_names_a_class_speaks_the_page_s_language(tab):
    before = tab.top
    speak(tab, "zh")
    chinese = CHINESE[TIGER_CAT]
    assert [name for name, _ in tab.top] == [CHINESE[ENGLISH.index(name)] for name, _ in before]
    assert f"“{chinese}”" in tab.text("title")
    assert chinese in tab.text("chosen")
    assert chinese in tab.page.locator(".cx-canvas").get_attribute("aria-label")
    assert chinese in tab.page.locator("[data-part=rank]").get_attribute("aria-valuetext")
    with tab.page.expect_download() as saved:
        tab.page.locator("[data-part=save]").click()
    assert saved.value.suggested_filename == f"{chinese}-Grad-CAM-bn2.png"
    with tab.answer():
        tab.page.locator("label:has(input[name=cam-question][value=contrast])").click()
    assert f"“{chinese}”" in tab.text("title")
    rivals = tab.page.locator("[data-part=glance] li").first.inner_text()
    assert CHINESE[ENGLISH.index("Egyptian cat")] in rivals
    speak(tab, "en")
    assert tab.top == before
    assert "Egyptian cat" in tab.page.locator("[data-part=glance] li").first.inner_text()


def test_a_search_in_chinese_shows_chinese_names(tab):
    speak(tab, "zh")
    box = tab.page.locator("[data-part=find]")
    options = tab.page.locator(".cx-options [role=option]:visible span:first-child")
    box.fill("平底")
    assert options.all_inner_texts() == [CHINESE[PAN]]
    box.fill("frypan")
    assert options.all_inner_texts() == [f"{CHINESE[PAN]} · frypan"]
    box.press("Enter")
    tab.shows(PAN)
    assert box.input_value() == CHINESE[PAN]


def test_an_input_method_is_left_alone_until_it_is_done(tab):
    known(tab)
    box = tab.page.locator("[data-part=find]")
    box.focus()
    wire = tab.page.context.new_cdp_session(tab.page)
    wire.send("Input.imeSetComposition", {"text": "da xiong", "selectionStart": 8, "selectionEnd": 8})
    assert box.input_value() == "da xiong"
    assert box.get_attribute("aria-expanded") == "false"
    assert tab.text("found") == ""
    chosen = tab.data("class")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert tab.data("class") == chosen
    wire.send("Input.insertText", {"text": "大熊猫"})
    options = tab.page.locator(".cx-options [role=option]:visible span:first-child")
    assert options.all_inner_texts() == ["giant panda · 大熊猫"]


def test_a_link_names_a_class_by_any_of_its_names(tab):
    for name in ("red%20panda", "小熊猫"):
        tab.open(f"?class={name}")
        tab.shows(PANDA)
    tab.open("?class=wolpertinger")
    tab.says("No class is called “wolpertinger”.")


def test_the_names_come_after_the_picture_and_once(visit, site):
    tab = known(visit(fresh=True))
    first = tab.page.evaluate(f"{FETCHED}.map(({{ startTime, transferSize }}) => [startTime, transferSize])")
    assert len(first) == 1
    assert 0 < first[0][1] < 25_000, "bytes over the wire"
    painted = tab.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert first[0][0] > painted
    with tab.answer():
        tab.choose("layer", "blocks.5")
    again = known(Tab(tab.page.context, site).open())
    assert again.page.evaluate(f"{FETCHED}.map(({{ transferSize }}) => transferSize)") == [0]
    assert tab.page.evaluate(f"{FETCHED}.length") == 1


def test_other_classes_have_no_other_names(visit):
    """A model whose labels are not ImageNet's fetches nothing, and is not renamed."""
    tab = visit("?model=efficientnet_lite2")
    tab.page.wait_for_function("document.querySelector('.cx-list li span').textContent.startsWith('<img')")
    classes = tab.page.evaluate(STORE % "store.state.confirmed.shown.labels")
    assert classes != class_names.offer()["id"]
    tab.page.evaluate(STORE % "store.set({ language: 'zh' })")
    assert tab.top[0][0].startswith("<img")
    tab.page.locator("[data-part=find]").fill("red panda")
    assert "red panda" in tab.text("found"), "no class is called so"
