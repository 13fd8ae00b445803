"""`/explain` as a tool of MCP: closed without the setting, its images, and a real client's calls."""

import ast
import base64
import io
import json
from types import SimpleNamespace

import httpx
import pytest
from browsing import alone, serving
from PIL import Image

from cam.server import door, mcp
from cam.server.rules import FILE_AT, INPUTS, Refused, Rules
from cam.server.settings import Settings, SettingsError

MIB = 2**20


@pytest.fixture
def rules(tmp_path):
    return Rules(SimpleNamespace(fns={}, blocks={}), tmp_path)


def call(image, **more):
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"arguments": {"image": image, **more}}}


def picture(content=b"a picture", kind="jpeg"):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def refused(rules, body):
    with pytest.raises(Refused) as caught:
        mcp.check(rules, body, INPUTS, MIB)
    return str(caught.value)


def test_an_image_becomes_a_visitors_file(rules, tmp_path):
    body = call(picture(), model="")
    mcp.check(rules, body, INPUTS, MIB)
    address = body["params"]["arguments"]["image"]
    path = rules.file(address.partition(FILE_AT)[2])
    assert path.read_bytes() == b"a picture"
    assert path.parent.parent == tmp_path
    assert path.name == "image.jpeg"
    again = call(f"http://school.example/cam{FILE_AT}{path}")
    mcp.check(rules, again, INPUTS, MIB)
    assert again["params"]["arguments"]["image"] == address


@pytest.mark.parametrize(
    ("image", "part"),
    [
        ("/etc/passwd", "Nothing else is opened"),
        ("http://example.org/cat.jpg", "Nothing else is opened"),
        ("file:///etc/passwd", "Nothing else is opened"),
        (f"http://localhost{FILE_AT}/etc/passwd", "not on the server"),
        (f"http://localhost{FILE_AT}../../etc/passwd", "not on the server"),
        ({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, "Nothing else is opened"),
        (None, "Nothing else is opened"),
        ("data:text/html;base64,PGI+", "Nothing else is opened"),
        ("data:image/../../x;base64,PGI+", "Nothing else is opened"),
        ("data:image/png;base64,!!!", "no base64"),
        (picture(bytes(MIB + 1)), "1.0 MB, and at most 1 MB"),
    ],
)
def test_no_other_image_is_opened(rules, tmp_path, image, part):
    assert part in refused(rules, call(image))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_call_of_the_tool_is_refused(rules):
    assert "no message of MCP" in refused(rules, {"method": "tools/call"})
    assert "no message of MCP" in refused(rules, {"jsonrpc": "2.0", "method": "ping", "more": 1})
    assert "answers no resources/read" in refused(rules, {"jsonrpc": "2.0", "id": 1, "method": "resources/read"})
    assert "params with a name" in refused(rules, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []})
    assert "`path` is no input" in refused(rules, call(picture(), path="/etc/passwd"))
    mcp.check(rules, {"jsonrpc": "2.0", "method": "notifications/initialized"}, INPUTS, MIB)


def test_the_setting_needs_the_package_and_no_login(monkeypatch):
    assert mcp.check_settings(Settings()) is False
    with pytest.raises(SettingsError, match="exclude each other"):
        mcp.check_settings(Settings(mcp=1, login="a:b"))
    monkeypatch.setattr(mcp.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install 'gradio"):
        mcp.check_settings(Settings(mcp=1))


def test_without_the_setting_there_is_nothing(site):
    for method in ("GET", "POST"):
        for path in ("gradio_api/mcp", "gradio_api/mcp/", "gradio_api/mcp/sse", "gradio_api/mcp/messages/"):
            answer = httpx.request(method, site.url + path, json={} if method == "POST" else None)
            assert answer.status_code == 404, path
    assert not door.is_open(door.MCP, True)


@pytest.fixture(scope="module")
def tool_site(tmp_path_factory):
    """A page whose `/explain` is a tool."""
    pytest.importorskip("mcp", reason="the package mcp is not installed: pip install 'gradio[mcp]'")
    folder = tmp_path_factory.mktemp("tools")
    more = {"CAM_MCP": "1", "CAM_MAX_FILE_MB": "1", "CAM_MODELS": "efficientnet_lite0"}
    with serving(folder, "tests/own_nets.py", **more) as running:
        yield running
        log = running.log
    assert "Traceback" not in log, log


async def asked(url, *calls):
    """What a client hears: the tools, and the answers to calls of `explain`."""
    from mcp import ClientSession
    from mcp.client import streamable_http

    names = ("streamable_http_client", "streamablehttp_client")  # since 1.24, and before
    connect = next(found for name in names if (found := getattr(streamable_http, name, None)))

    async with connect(f"{url}gradio_api/mcp/") as (reading, writing, _):  # noqa: SIM117
        async with ClientSession(reading, writing) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            return tools, [await session.call_tool("explain", arguments) for arguments in calls]


@pytest.mark.filterwarnings("default")  # of the client's own
def test_a_client_explains_a_photo(tool_site, photo):
    sent = picture(photo.read_bytes())
    large = picture(bytes(MIB + 1))
    calls = [{"image": sent}, {"image": sent, "model": "one", "class_index": 0, "method": "layercam"}]
    calls += [{"image": sent, "model": "none"}, {"image": "/etc/passwd"}, {"image": large}, {"image": picture()}]
    (tool,), (first, second, *wrong) = alone(asked(tool_site.url, *calls))
    assert tool.name == "explain"
    assert "See where an image classifier looks" in tool.description
    assert all(tool.inputSchema["properties"][name]["description"] for name in INPUTS)
    assert tool.inputSchema["required"] == ["image"]
    told, seen = read(first)
    assert (told["model"], {entry["label"] for entry in told["top"]}) == ("mine", {"husky", "wolf"})
    with Image.open(photo) as whole:
        assert seen.size == whole.size
    assert (read(second)[0]["method"], read(second)[0]["class"]["label"]) == ("layercam", "tumour")
    assert all(answer.isError for answer in wrong)
    parts = ("Unknown model 'none'", "Nothing else is opened", "at most 1 MB", "is not an image")
    for answer, part in zip(wrong, parts, strict=True):
        assert part in answer.content[0].text, answer


def read(answer):
    """The report of an answer and its picture."""
    assert not answer.isError, answer
    image, address, report = answer.content
    assert (image.type, image.mimeType) == ("image", "image/png")
    assert address.text.startswith("Image URL: http://127.0.0.1")
    return ast.literal_eval(report.text), Image.open(io.BytesIO(base64.b64decode(image.data)))


def test_only_one_address_is_open(tool_site):
    for path in ("gradio_api/mcp/schema", "gradio_api/mcp/sse", "gradio_api/mcp"):
        assert httpx.get(tool_site.url + path).status_code == 404, path
    for path in ("gradio_api/mcp/messages/", "gradio_api/mcp/http"):
        assert httpx.post(tool_site.url + path, json={}).status_code == 404, path
    foreign = httpx.post(tool_site.url + "gradio_api/mcp", json={}, headers={"Origin": "https://other.example"})
    assert foreign.status_code == 403
    large = httpx.post(
        tool_site.url + "gradio_api/mcp", content=json.dumps({"x": "y" * 4 * MIB}).encode(), headers=JSON
    )
    assert large.status_code == 413


JSON = {"Content-Type": "application/json"}
