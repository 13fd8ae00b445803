"""What is open, who is let in, what an answer carries: asked of the running page over HTTP."""

import re
from pathlib import Path

import pytest
from browsing import INNARDS, alone

from cam.server import door, headers
from cam.server.settings import Settings

ROOT = Path(__file__).parents[2]

# Every address that answers a stranger with anything but "nothing here", as Gradio 6.31 names its routes.
OPEN = {
    "GET": {
        *("/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json", "/logout"),
        *("/assets/{path}", "/static/{path}"),
        *("/gradio_api/info", "/gradio_api/app_id", "/gradio_api/startup-events", "/gradio_api/theme.css"),
        *("/gradio_api/queue/data", "/gradio_api/call/{api_name}/{event_id}", "/gradio_api/heartbeat/{session_hash}"),
        "/gradio_api/file={path_or_url}",
    },
    "POST": {
        "/login",
        *("/gradio_api/run/{api_name}", "/gradio_api/call/{api_name}", "/gradio_api/call/v2/{api_name}"),
        *("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/cancel", "/gradio_api/reset"),
    },
}


def call(http, protocol, value, session="door", name="act"):
    """An action of the page as the browser sends it."""
    path, body = protocol.asked(name, value, session)
    return http.post(path, json=body)


def refusal(answer, status):
    """The sentence of an answer that is nothing but a refusal."""
    assert answer.status_code == status, answer.text
    sentence = answer.json()["error"]
    assert re.fullmatch(r"[`A-Z].*[.]", sentence), sentence
    assert not INNARDS.search(sentence)
    return sentence


# --- what is open ----------------------------------------------------------------------------------------------------


def test_the_open_routes_are_these():
    """All of Gradio's routes go through the list, so a new version that brings one does not open it."""
    found = {"GET": set(), "POST": set()}
    for route in alone(routes()):
        path = re.sub(r":path}", "}", route.path)
        example = re.sub(r"{api_name}", "explain", path)
        example = re.sub(r"{[a-z_]+}", "x", example)
        for method in route.methods & set(found):
            if door.is_open(door.path_of({"path": example}), method == "POST"):
                found[method].add(re.sub(r"(?<=.)/$", "", path))
    assert found == OPEN


def test_the_scripts_ask_at_one_place():
    """At the page's own addresses, or Gradio's where a GPU is lent by the call: never at both."""
    own = {"/actions/act", "/actions/more", "/actions/stop"}
    own |= {
        f"/actions/{name}"
        for name in ("layer_strip", "detail_survey", "explain_frame", "models_here", "lesson_story", "hub_model")
    }
    own |= {"/actions/take_home", "/actions/cover_photo"}
    gradios = {"/gradio_api/run/predict", "/gradio_api/component_server"}
    assert set(door.WRITES) - set(door.writes(lent=True)) == own
    assert set(door.writes(lent=True)) - set(door.WRITES) == gradios


async def routes():
    """All routes of Gradio, also those of routers within."""
    import gradio as gr
    from fastapi.routing import APIRoute

    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox()
    waiting, found = list(gr.routes.App.create_app(page).routes), []
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        waiting += inner or []
    assert len(found) > 60, "Gradio keeps its routes elsewhere now"
    return found


@pytest.mark.parametrize(
    "path",
    [
        *("docs", "openapi.json", "redoc", "monitoring", "monitoring/summary", "pwa_icon", "svelte/x.js"),
        *("gradio_api/deep_link?session_hash=door", "gradio_api/runs", "gradio_api/dev/reload", "gradio_api/token"),
        *("gradio_api/proxy=http://127.0.0.1/", "gradio_api/vibe-code/", "gradio_api/openapi.json", "elsewhere"),
        *("gradio_api/queue/status", "gradio_api/stream/a/b/c/playlist.m3u8", "gradio_api/file/etc/passwd"),
    ],
)
def test_what_is_not_ours_is_closed(http, path):
    assert refusal(http.get(path), 404) == "There is nothing at this address."


@pytest.mark.parametrize(
    "path", ["/etc/passwd", f"{ROOT}/app.py", "http://127.0.0.1/config", "https://example.org/x.png", "a\0b", "..", ""]
)
def test_only_what_visitors_sent_is_served(http, path):
    assert "not on the server" in refusal(http.get(f"gradio_api/file={path}".replace("\0", "%00")), 404)


def test_a_file_that_was_sent_comes_back(http, photo):
    (path,) = http.post("gradio_api/upload", files={"files": ("mine.jpg", photo.read_bytes(), "image/jpeg")}).json()
    answer = http.get(f"gradio_api/file={path}")
    assert answer.content == photo.read_bytes()
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_methods_that_nobody_needs(http):
    assert refusal(http.put("gradio_api/upload", content=b"x"), 405)
    assert refusal(http.request("DELETE", "gradio_api/upload"), 405)


# --- who is let in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://["])
def test_pages_of_other_sites_are_turned_away(http, protocol, origin):
    for answer in (
        http.post("actions/act", json={}, headers={"Origin": origin}),
        http.post("gradio_api/upload", files={"files": ("a.png", b"x")}, headers={"Origin": origin}),
        http.get("config", headers={"Origin": origin}),
    ):
        assert "CAM_SITES" in refusal(answer, 403)


def test_an_address_that_a_stranger_claims_is_not_believed(http):
    given = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    refusal(http.post("actions/act", json={}, headers=given), 403)


def test_our_own_pages_are_let_in(http, protocol, site):
    value = {**protocol.value, "request_id": 1}
    path, body = protocol.asked("act", value, "own")
    answer = http.post(path, json=body, headers={"Origin": site.url.rstrip("/")})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://school.example", "cam.example", True),
        ("https://a.lab.example", "cam.example", True),
        ("https://lab.example", "cam.example", False),
        ("http://school.example", "cam.example", False),
        ("https://cam.example", "cam.example", True),
        ("https://CAM.example:8443", "cam.example:8443", True),
        ("https://cam.example", "cam.example:8443", False),
        ("https://space.hf.space", "10.0.0.3:7860", True),
        ("", "cam.example", True),
    ],
)
def test_sites_that_a_host_allows(monkeypatch, origin, host, allowed):
    monkeypatch.setenv("SPACE_HOST", "space.hf.space")
    gate = door.Gate(Settings(sites="https://school.example https://*.lab.example"), None, dict)
    if allowed:
        gate.check_origin(origin, host)
    else:
        with pytest.raises(door.Refused) as caught:
            gate.check_origin(origin, host)
        assert caught.value.status == 403


def test_a_refusal_is_said_on_the_page(tab):
    """Where the visitor looks; the controls go back to what the picture shows."""
    drawing = tab.canvas()

    def ahead(route):
        body = route.request.post_data_json
        body["data"]["request_id"] *= 2
        route.continue_(post_data=body)

    tab.page.route("**/actions/act", ahead)
    tab.choose("layer", "blocks.3")
    note = tab.page.locator("#cam-photo-note")
    note.filter(has_text="Check this device's clock, and open the page anew.").wait_for()
    assert tab.chosen()["layer"] == "bn2"
    assert (tab.canvas() == drawing).all()
    tab.page.unroute("**/actions/act")
    with tab.answer():
        tab.choose("layer", "blocks.3")
    assert note.is_hidden()
    tab.errors.clear()  # the browser itself reports the refused request


# --- what an answer carries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "config", "health", "theme.css", "nothing", "gradio_api/info"])
def test_headers(http, site, path):
    found = http.get(path).headers
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["permissions-policy"].startswith("camera=(self)")
    assert "x-frame-options" not in found, "it would keep Spaces out"
    rules = dict(rule.split(" ", 1) for rule in found["content-security-policy"].split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == "'none'"
    spaces = "https://huggingface.co https://*.huggingface.co https://*.hf.space"
    assert rules["frame-ancestors"] == f"'self' {spaces} http://localhost:{site.course}", "and the host's own course"
    assert not re.search(r"\*(?!\.)", found["content-security-policy"]), "nothing is open to everybody"


def test_the_policy_of_a_host():
    rules = headers.policy("https://school.example", {"SPACE_ID": "me/cam"}).split("; ")
    assert "connect-src 'self' data: blob: https://huggingface.co https://*.huggingface.co" in rules
    assert rules[-1].endswith(" https://school.example")
    assert "huggingface" not in headers.policy("", {}).split("frame-ancestors")[0]


def test_the_page_works_with_its_policy(tab):
    """Its scripts are compiled, its photo is drawn, its answers arrive: `Tab.check` then finds no error."""
    with tab.answer():
        tab.choose("method", "layercam")
    assert tab.heat().max() == pytest.approx(1.0)
    broken = """() => new Promise((done) => {
      document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
      fetch('https://example.org/').catch(() => setTimeout(done, 1000, 'none'));
    })"""
    assert tab.page.evaluate(broken) == "connect-src"
    tab.errors.clear()
    tab.requests[:] = [url for url in tab.requests if "example.org" not in url]


# --- what a host asks ------------------------------------------------------------------------------------------------


def test_health(http):
    answer = http.get("health")
    assert answer.status_code == 200
    found = answer.json()
    assert {name: found[name] for name in ("status", "model", "loaded")} == {
        "status": "ok",
        "model": "efficientnet_lite0",
        "loaded": True,
    }
    assert "efficientnet_lite0" in found["models"]
    assert 200 < found["memory_mb"] < 20_000
    assert found["load"] >= 0
    assert set(found) == {"status", "version", "model", "loaded", "models", "load", "memory_mb", "seconds"}


@pytest.mark.parametrize("data", [[], [None] * 4, [None] * 40, "a" * 40, {"0": None}, None])
def test_the_inputs_are_a_list_of_so_many(http, data):
    assert "`data` is not a list of" in refusal(http.post("gradio_api/run/explain", json={"data": data}), 422)


def test_one_line_for_each_action(http, protocol, site, photo):
    before = len(site.log.splitlines())
    call(http, protocol, {**protocol.value, "request_id": 2, "method": "layercam"}, session="line")
    (path,) = http.post("gradio_api/upload", files={"files": ("secret.jpg", photo.read_bytes())}).json()
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "efficientnet_lite0", "", "<b>", -1]
    assert "Unknown method" in refusal(http.post("gradio_api/run/explain", json={"data": data}), 422)
    lines = site.log.splitlines()[before:]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO "
    seconds = r"seconds=\d+\.\d{3}"
    wanted = [
        rf"{stamp}look model=efficientnet_lite0 method=layercam {seconds} outcome=ok",
        rf"{stamp}upload model=- method=- {seconds} outcome=ok",
        rf"{stamp}explain model=efficientnet_lite0 method=unknown {seconds} outcome=refused",
    ]
    assert len(lines) == len(wanted), lines
    for line, pattern in zip(lines, wanted, strict=True):
        assert re.fullmatch(pattern, line), line
    assert not re.search(r"secret|127\.0\.0\.1|<b>|line", "\n".join(lines))
