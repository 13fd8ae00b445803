"""What a host chooses: the page's examples, the models that it offers, and its line on privacy."""

import pytest
from handling import MODEL, everything
from PIL import Image

from cam import MODELS, UnknownNameError
from cam.messages import Message
from cam.models.catalogue import LOADABLE
from cam.page.choices import choices
from cam.server import actions, hosts
from cam.server.app_state import AppState
from cam.server.settings import Settings, SettingsError, read_settings


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "lesson"
    made.mkdir()
    for name, colour in (("b_snowy_husky.png", "red"), ("a first.JPG", "blue")):
        Image.new("RGB", (40, 30), colour).save(made / name)
    (made / "notes.txt").write_text("not a picture")
    return made


def test_examples_of_a_folder(folder):
    found = hosts.examples(Settings(examples=str(folder)))
    assert [(one.name, one.title) for one in found.values() if not one.lesson] == [
        ("own-a first", "a first"),
        ("own-b_snowy_husky", "b snowy husky"),
    ]
    assert any(one.lesson for one in found.values()), "cards open photos of their own"
    assert next(iter(hosts.examples(Settings()))) == "cat_and_coffee"


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(SettingsError, match=r"CAM_EXAMPLES is not a folder: .*missing"):
        hosts.examples(Settings(examples=str(tmp_path / "missing")))
    with pytest.raises(SettingsError, match="has no picture in it"):
        hosts.examples(Settings(examples=str(tmp_path)))


def test_models_in_the_host_s_order():
    names = list(MODELS)[2:0:-1]
    assert list(hosts.models(Settings(models=", ".join(names)))) == names
    assert hosts.models(Settings()) == LOADABLE
    with pytest.raises(SettingsError, match=r"CAM_MODELS: Unknown model 'efficientnet_lite9'. Did you mean"):
        hosts.models(Settings(models="efficientnet_lite0 efficientnet_lite9"))


def test_a_line_in_one_or_two_languages():
    assert hosts.privacy(Settings()) == {}
    assert hosts.privacy(read_settings({"CAM_PRIVACY": "Ask first."})) == {"en": "Ask first.", "zh": "Ask first."}
    both = read_settings({"CAM_PRIVACY": "Ask first. | 请先询问。"})
    assert hosts.privacy(both) == {"en": "Ask first.", "zh": "请先询问。"}
    for wrong in ("a|b|c", "x" * 401):
        with pytest.raises(SettingsError, match="CAM_PRIVACY is not of the form a line"):
            read_settings({"CAM_PRIVACY": wrong})


def test_the_page_opens_on_what_the_host_chose(folder, app_state, tmp_path, monkeypatch):
    own = AppState(Settings(examples=str(folder), models=f"efficientnet_lite1 {MODEL}"))
    own.store = app_state.store
    own.store.models.get("efficientnet_lite1", lambda: app_state.store.model(MODEL))
    lists = choices(own)
    assert [one["name"] for one in lists["models"]] == ["efficientnet_lite1", MODEL]
    assert [one["title"] for one in lists["examples"] if not one.get("lesson")] == ["a first", "b snowy husky"]
    assert actions.opening(own)["answer"]["card"]["title"] == "a first"


def test_a_model_that_is_not_offered_is_refused(folder, app_state):
    own = AppState(Settings(models=MODEL))
    own.store = app_state.store
    (found,) = everything(own, model="efficientnet_lite2")
    assert "efficientnet_lite2" in str(Message.of(found["error"]))
    with pytest.raises(UnknownNameError):
        own.model_here("efficientnet_lite2")
    assert everything(own, model=MODEL)[0]["picture"]["at"]["model"] == MODEL
