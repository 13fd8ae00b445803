"""The page in two languages: who decides, what stays when it changes, and that no word is left or cut."""

import io
import re

import pytest
import words
from browsing import Tab
from PIL import Image

from cam.models.catalogue import LOADABLE

ZH = (words.LOCALES / "zh.ftl").read_text(encoding="utf-8")
LATIN = re.compile(r"[A-Za-z]+")
DROP = {"zh-Hans": "拖入、粘贴或选择一张照片", "en": "Drop, paste or pick a photo"}
LANG = "document.documentElement.lang"
# What stands in the page and is none of its words: the tests' hostile example, what a browser calls its camera.
FOREIGN = re.compile(r"<img src=x.*?example|fake_device\w*|\S+\.(?:png|jpg|txt)\b")
CUT = """() => [...document.querySelectorAll('button, label, h1, h2, h3, legend, summary, .tag, .segments span')]
  .filter((node) => node.checkVisibility() && node.clientWidth)
  .filter((node) => !node.closest('.visually-hidden, [aria-hidden=true], .cam-skip:not(:focus)'))
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).textOverflow !== 'ellipsis')
  .map((node) => `${node.className} ${node.textContent.trim()}: ${node.scrollWidth} > ${node.clientWidth}`)"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def names(tab):
    """Latin words that are names or units: those of the Chinese table, of models and of layers."""
    table = re.sub(r"\{.*?(\}|$)", "", "\n".join(line.partition(" = ")[2] for line in ZH.splitlines()), flags=re.M)
    layers = tab.page.evaluate("[...document.querySelectorAll('#cam-layer option')].map((one) => one.value)")
    known = [table, "CAM Explorer MB English", *layers, *(f"{one.title} {one.family}" for one in LOADABLE.values())]
    return set(LATIN.findall(" ".join(known).lower()))


def left(tab):
    """The Latin words on the page, shown or not, that are no names."""
    known = names(tab)
    return {word for word in LATIN.findall(FOREIGN.sub("", tab.words())) if word.lower() not in known}


def png(colour, size=(320, 240)):
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


def go(tab, name):
    tab.page.locator(f"#cam-tab-{name}-button").click()


def named_classes(tab):
    """Wait until the classes have their Chinese names."""
    tab.page.wait_for_function("/[\\u4e00-\\u9fff]/.test(document.querySelector('.cx-list button span').textContent)")


def test_no_word_is_left_in_english(visit):
    tab = visit("?lang=zh&layer=blocks.0")  # of sixteen channels
    named_classes(tab)
    assert tab.page.evaluate(LANG) == "zh-Hans"
    assert left(tab) == set()
    with tab.answer():
        tab.choose("method", "eigencam")
    assert "不考虑类别" in tab.text("blind")
    assert left(tab) == set(), "after an action"
    tab.drop(("notes.txt", "image/png", b"no image"))
    tab.says("不是这里能打开的图片")
    assert left(tab) == set(), "after an error"
    tab.choose("method", "occlusion")
    tab.wait("(root) => root.dataset.state === 'improving'")
    assert left(tab) == set(), "while a slow method works"
    tab.page.locator("[data-part=stop]").click()
    tab.ready()
    assert left(tab) == set(), "after a slow method was stopped"
    tab.idle()
    with tab.answer():
        tab.choose("method", "scorecam")
    tab.idle()
    assert left(tab) == set(), "after a slow method"
    go(tab, "live")
    tab.page.locator(".live .start").wait_for()
    assert left(tab) == set(), "on the other tab"
    assert tab.page.title().startswith("CAM Explorer：")


@pytest.mark.parametrize(
    ("locale", "query", "lang"),
    [
        ("zh-CN", "", "zh-Hans"),
        ("zh-TW", "?lang=en", "en"),
        ("en-US", "?lang=zh", "zh-Hans"),
        ("de-DE", "?lang=de", "en"),
    ],
)
def test_the_browser_decides_unless_the_address_does(visit, locale, query, lang):
    tab = visit(query, locale=locale)
    assert tab.page.evaluate(LANG) == lang
    assert tab.page.locator(".drop .hint").inner_text() == DROP[lang]
    tables = {url.rsplit("/", 1)[1] for url in tab.requests if url.endswith(".ftl")}
    assert tables == {"zh.ftl" if lang == "zh-Hans" else "en.ftl"}, "only the table in use"


def test_a_switch_keeps_all_that_is_on_show(visit, site):
    tab = visit()
    page, switch = tab.page, tab.page.locator(".cam-header .language")
    assert (switch.inner_text(), switch.get_attribute("lang")) == ("中文", "zh-Hans")
    with tab.answer():
        tab.drop(("mine.png", "image/png", png("teal")))
    tab.row(1).click()
    tab.wait("(root) => root.dataset.state === 'ready'")
    tab.idle()
    page.evaluate("window.same = true")
    chosen, request = tab.data("class"), tab.request
    thumb, heat = page.locator(".photo .thumb").get_attribute("src"), tab.heat()
    switch.click()
    page.wait_for_function(f"{LANG} === 'zh-Hans'")
    named_classes(tab)
    assert re.search(r"的证据", tab.text("title"))
    assert page.locator("#cam-tab-live-button").inner_text() == "实时"
    assert (tab.data("class"), tab.request) == (chosen, request)
    assert page.locator(".photo .thumb").get_attribute("src") == thumb
    assert (tab.heat() == heat).all()
    page.wait_for_function("/[\\u4e00-\\u9fff]/.test(document.querySelector('[data-part=spoken]').textContent)")
    assert left(tab) == set()
    page.wait_for_function("location.search.includes('lang=zh')")
    assert (switch.inner_text(), switch.get_attribute("lang")) == ("English", "en")
    again = Tab(page.context, site).open()
    assert again.page.evaluate(LANG) == "zh-Hans", "as it was chosen on this browser"
    again.page.close()
    switch.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{LANG} === 'en'")
    assert tab.text("title").startswith("Evidence for “")
    assert page.evaluate("window.same"), "not loaded anew"
    page.wait_for_function("location.search.includes('lang=en')")


@pytest.mark.parametrize("query", ["", "?lang=zh"])
def test_links_carry_a_language_that_was_asked_for(visit, query):
    tab = visit(query)
    with tab.answer():
        tab.fit("pad")
    tab.page.wait_for_function("location.search.includes('fit=pad')")
    assert ("lang=zh" in tab.page.url) == bool(query)
    assert tab.page.evaluate(LANG) == ("zh-Hans" if query else "en")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_is_cut(visit, width, language):
    tab = visit(f"?lang={language}", width=width)
    for name in ("explore", "live"):
        go(tab, name)
        assert tab.page.evaluate(CUT) == []
        assert tab.page.evaluate(WIDE) <= 0


def test_a_table_that_cannot_be_fetched_leaves_the_page_in_english(visit, browser, site):
    context = browser.new_context(locale="zh-CN")
    context.route("**/zh.ftl", lambda route: route.abort())
    tab = Tab(context, site).open()
    assert tab.page.evaluate(LANG) == "en"
    assert tab.page.locator(".drop .hint").inner_text() == DROP["en"]
    context.close()
