"""`serve` on networks of one's own, in a browser: they come first, with their own labels and any number of classes."""

import threading

import pytest
from browsing import Tab, serving
from hubs import publish, tiny_timm
from publisher import Server

GROUPS = """Array.from(document.querySelectorAll('#cam-model optgroup'),
  (group) => [group.label, Array.from(group.children, (one) => one.text)])"""


@pytest.fixture(scope="module")
def own_hub():
    """A Hub on this machine with a classifier, and a detector's description."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    _, config, content = tiny_timm()
    publish(server, "timm/tiny", config, content)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def own_site(tmp_path_factory, own_hub):
    folder = tmp_path_factory.mktemp("own")
    more = {"HF_ENDPOINT": own_hub.url, "HF_HUB_CACHE": str(folder / "hub"), "HF_HUB_OFFLINE": "0"}
    more |= {"CAM_HUB": "on", "CAM_MODELS": "efficientnet_lite0"}
    with serving(folder, "tests/own_nets.py", **more) as running:
        yield running
        log = running.log
    assert "Traceback" not in log, log


def test_the_page_shows_networks_of_ones_own(browser, own_site, own_hub):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = Tab(context, own_site).open()
    groups = tab.page.evaluate(GROUPS)
    assert groups == [
        ["Your own networks", ["mine", "one", "mine (2)"]],
        ["On this machine", ["EfficientNet-Lite0"]],
    ]
    assert tab.chosen()["model"] == "mine"
    assert {name for name, _ in tab.top if name} == {"husky", "wolf"}
    first = tab.heat()
    _copies_lines_to_fill_in(tab)
    _shows_one_class(tab)
    with tab.answer():
        tab.choose("model", "mine (2)")
    assert sorted(name for name, _ in tab.top if name) == ["0", "1", "2", "3", "4"]
    assert "model=mine+%282%29" in tab.page.url
    _tells_the_story(tab)
    with tab.answer():
        tab.choose("model", "mine")
    assert (tab.heat() == first).all()
    _fetches_by_an_id(tab, own_hub)
    tab.check()
    context.close()


def _copies_lines_to_fill_in(tab):
    tab.page.locator("[data-part=python]").click()
    tab.page.wait_for_function("document.querySelector('[data-part=python]').innerText.includes('Copied')")
    lines = tab.page.evaluate("navigator.clipboard.readText()")
    assert "model = ...  # mine: what cam.wrap_model returned" in lines.splitlines()


def _shows_one_class(tab):
    with tab.answer():
        tab.choose("model", "one")
    assert tab.row(0).locator("span").all_inner_texts()[0] == "tumour"
    assert "rank 1 of 1" in tab.page.locator(".cx-root").inner_text()
    assert 0 < tab.heat().max() <= 1


def _tells_the_story(tab):
    tab.page.get_by_role("tab", name="How it works").click()
    tab.page.get_by_text("mine (2) · 3").wait_for()
    tab.page.get_by_text("Computed again in your browser").wait_for()
    tab.page.get_by_role("tab", name="Live").click()
    tab.page.locator(".cam-live option").nth(2).wait_for(state="attached")
    names = tab.page.evaluate("[...document.querySelectorAll('.cam-live option')].map((one) => one.value)")
    assert names[:3] == ["mine", "one", "mine (2)"]
    tab.page.get_by_role("tab", name="Explore").click()


def _fetches_by_an_id(tab, hub):
    """What a model is stands there first; nothing large is asked for before it is confirmed."""
    said = tab.page.locator("#cam-hub-said")
    tab.page.locator(".hub summary").click()

    def asked(text, answer):
        tab.page.locator("#cam-hub").fill(text)
        tab.page.locator(".hub .look").click()
        said.get_by_text(answer).wait_for()

    asked("../../etc/passwd", "is no id of the Hugging Face Hub")
    asked("school/none", "There is no public model school/none")
    assert tab.page.locator(".hub .fetch").is_hidden()
    asked("timm/tiny", "tiny: 2 MB to fetch. Licence: apache-2.0.")
    assert not any("model.safetensors" in path for _, path in hub.requests)
    with tab.answer():
        tab.page.locator(".hub .fetch").click()
    assert any("model.safetensors" in path for _, path in hub.requests)
    assert tab.chosen()["model"] == "timm/tiny"
    assert sorted(name for name, _ in tab.top[:3]) == ["kind 0", "kind 1", "kind 2"]
    assert "model=timm%2Ftiny" in tab.page.url
    tab.open("?model=timm/tiny&class=1")
    assert (tab.chosen()["model"], tab.data("class")) == ("timm/tiny", "1")
    with tab.answer():
        tab.page.locator("#cam-hub").evaluate("(input) => (input.value = 'EfficientNet-Lite0')")
        tab.page.locator(".hub .look").evaluate("(button) => button.click()")
    assert tab.chosen()["model"] == "efficientnet_lite0"
