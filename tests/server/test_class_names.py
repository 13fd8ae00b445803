"""The other names of the classes as a file: what it holds, how long it is kept, and whose classes they are."""

import brotli
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cam.models.imagenet import imagenet_labels, imagenet_synonyms, things_chinese
from cam.server import class_names


@pytest.mark.parametrize("root", ["", "/cam"])
def test_the_file_may_be_kept_for_ever(root):
    client = TestClient(Starlette(routes=[class_names.route()]), root_path=root)
    address = f"/{class_names.offer()['address']}"
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    found = answer.json()
    assert found == {
        "id": class_names.offer()["id"],
        "zh": list(imagenet_labels("zh")),
        "others": [list(names) for names in imagenet_synonyms()],
        "words": things_chinese(),
    }
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}"):  # a proxy that packs it makes the tag a weak one
        again = client.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(address.replace(address.split("/")[2], "0123456789ab")).status_code == 404, "another content"


def test_the_file_is_small():
    packed = brotli.compress(class_names.content(), quality=4)  # as Gradio packs what it sends
    assert len(packed) < 15_000
    assert len(class_names.content()) < 30_000, "where nothing is packed"


def test_names_belong_to_the_labels_in_their_order(lite0):
    assert class_names.labels_id(lite0.labels) == class_names.offer()["id"]
    other = [*lite0.labels]
    other[3], other[4] = other[4], other[3]
    assert class_names.labels_id(other) != class_names.offer()["id"]
    assert class_names.labels_id(lite0.labels[:10]).startswith("10 ")
