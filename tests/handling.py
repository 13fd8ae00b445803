"""What the tests of the page's handlers share: a tiny model's actions by direct call, and how an answer is read."""

import base64
import json

import numpy as np
from nets import PREPROCESS, make

import cam
from cam.page.tabs import explore

MODEL = "efficientnet_lite0"  # the name under which the tiny model stands in the cache
LABELS = [f"class {number}" for number in range(5)]


def wrapped(kind, labels=LABELS, name=MODEL):
    return cam.wrap_model(make(kind), preprocess=PREPROCESS, labels=labels, name=name)


def choice(ticket=1, **changes):
    value = {"ticket": ticket, "photo": {"example": "cat"}, "model": MODEL, "layer": "", "method": "gradcam"}
    return value | {"fit": "squeeze"} | changes


def act(app_state, value, session):
    """The first answer to an action."""
    explore.begin(app_state, value, session)
    return explore.proceed(app_state, value, session)


def everything(app_state, session="me", **changes):
    """All answers to one action, one by one as the page comes for them."""
    value = choice(**changes)
    found = [act(app_state, value, session)]
    while found[-1]["controls"]["answer"]["more"]:
        found.append(explore.proceed(app_state, value, session))
    json.dumps(found)
    return found


def array(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def error_of(found):
    """The sentence of an answer that is nothing but a sentence."""
    answer = found["controls"]["answer"]
    assert found["explorer"] == {"value": {"message": answer["error"], "share": 1.0, "seq": answer["seq"]}}
    assert answer["more"] is False
    assert "state" not in answer
    return answer["error"]
