"""What the page's components have in common: how they travel, and what an answer makes a browser do."""

import json

import pytest

from cam.page.component import packed


def test_packed():
    assert packed({"a": ["x", None], "b": "text", "c": None}) == {"a": '["x", null]', "b": '"text"', "c": "null"}


@pytest.mark.parametrize("name", ["Header", "Connection", "Choices", "Picture", "Lesson", "Live"])
def test_what_travels_is_text(site, name):
    """Gradio copies every leaf of a property, so each is one; it compiles templates at every change: there is none."""
    components = {
        one["props"].get("component_class_name"): one["props"] for one in json.loads(site.get("config"))["components"]
    }
    props = components[name]
    assert props["html_template"] == props["css_template"] == ""
    value = props.get("value")
    assert value is None or isinstance(value, str) or name == "Connection", "what a visitor chooses is read as it is"
    assert all(isinstance(text, str) for text in props["props"].values())
    for text in props["props"].values():
        json.loads(text)


@pytest.fixture
def coffee(photo):
    return "coffee.jpg", "image/jpeg", (photo.parent / "coffee.jpg").read_bytes()


def test_an_answer_leaves_the_style_sheets(tab, coffee):
    """A style sheet that is written again makes the browser look at every element of the page anew."""
    tab.idle()
    assert tab.page.locator(".html-container style").count() == 4, (
        "header, cards, controls and picture; no other tab is open"
    )
    tab.page.evaluate("""() => {
      window.written = [];
      new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes)
          for (const node of [target, ...addedNodes])
            if (node.closest?.('style') || node.parentElement?.closest('style')) window.written.push(node.nodeName);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    }""")
    with tab.answer():
        tab.drop(coffee)
    tab.idle()
    assert tab.page.evaluate("window.written") == []


def test_a_new_photo_is_drawn_at_once(tab, coffee):
    """Not in the frame after the one that follows its answer."""
    tab.idle()
    tab.page.evaluate("""() => {
      const root = document.querySelector('.cx-root');
      const { request, drawn } = root.dataset;
      window.early = new Promise((done) => new MutationObserver(() => {
        if (root.dataset.request !== request && root.dataset.drawn !== drawn) done(root.cam.early());
      }).observe(root, { attributes: true }));
    }""")
    tab.drop(coffee)
    assert tab.page.evaluate("window.early") is True
