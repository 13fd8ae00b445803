"""What the tests of the page's handlers share: a tiny model's actions by direct call, and how an answer is read."""

import base64
import json

import numpy as np
from nets import PREPROCESS, make

import cam
from cam.messages import Message
from cam.server import actions
from cam.server.protocol import VERSION

MODEL = "efficientnet_lite0"  # the name under which the tiny model stands in the cache
LABELS = [f"class {number}" for number in range(5)]


def wrapped(kind, labels=LABELS, name=MODEL):
    return cam.wrap_model(make(kind), preprocess=PREPROCESS, labels=labels, name=name)


def choice(request_id=1, **changes):
    value = {
        "version": VERSION,
        "request_id": request_id,
        "photo": {"example": "cat"},
        "model": MODEL,
        "layer": "",
        "method": "gradcam",
    }
    return value | {"fit": "squeeze"} | changes


def act(app_state, value, session):
    """The first answer to an action."""
    actions.begin(app_state, value, session)
    return actions.proceed(app_state, value, session)


def everything(app_state, session="me", **changes):
    """All answers to one action, one by one as the page comes for them."""
    value = choice(**changes)
    found = [act(app_state, value, session)]
    while found[-1]["more"]:
        found.append(actions.proceed(app_state, value, session))
    json.dumps(found)
    return found


def array(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def error_of(found):
    """The sentence of an answer that is nothing but a sentence, with its code."""
    assert set(found) == {"version", "request_id", "step", "error", "about", "more"}
    assert found["more"] is False
    return Message.of(found["error"])
