"""Behind a real nginx under /cam/, with the configuration that docs/hosting.md gives."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from browsing import PATIENCE, QUIET, Tab, browser_path, free_port, serving, wait_for

import cam

pytestmark = pytest.mark.page  # each starts a page of its own

ROOT = Path(__file__).parents[2]
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
OUTER = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {inner}
}}
"""


def nginx():
    """The path of nginx; without one the tests are skipped here and fail where CI is set."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    reason = "No nginx is installed: Debian's package nginx-light has it."
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


def configuration(folder, inside, outside):
    """The document's configuration with these two ports."""
    (inner,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "hosting.md").read_text(), flags=re.DOTALL)
    icon = "location = /favicon.ico { return 204; }"  # of the site around the page; browsers ask for it by themselves
    for old, new in (("listen 80;", f"listen 127.0.0.1:{outside}; {icon}"), ("127.0.0.1:7860", f"127.0.0.1:{inside}")):
        assert inner.count(old) == 1, old
        inner = inner.replace(old, new)
    user = "user root;" if os.getuid() == 0 else ""  # the test's folder is closed to others
    return OUTER.format(folder=folder, inner=inner, user=user)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A page behind nginx; its address is that of the proxy."""
    program, folder = nginx(), tmp_path_factory.mktemp("nginx")
    inside, outside = free_port(), free_port()
    with serving(folder, port=inside, GRADIO_ROOT_PATH="/cam") as site:
        (folder / "nginx.conf").write_text(configuration(folder, inside, outside))
        with (folder / "nginx.log").open("wb") as log:
            command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        site.url = f"http://127.0.0.1:{outside}/cam/"

        def answers():
            assert process.poll() is None, (folder / "nginx.log").read_text()
            try:
                return bool(site.get("health"))
            except OSError:
                return False

        try:
            wait_for(answers, "nginx")
            yield site
        finally:
            process.terminate()
            process.wait(PATIENCE)
    assert "Traceback" not in site.log


@pytest.fixture
def tab(browser, proxied):
    """A visitor with a camera, judged at the end as every visitor is."""
    running = browser.browser_type.launch(executable_path=browser_path(), args=[*QUIET, *CAMERA])
    context = running.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
    made = Tab(context, proxied)
    yield made
    made.check()
    assert all(url.startswith((proxied.url, "data:", "blob:")) for url in made.requests), made.requests
    running.close()


def test_page_upload_events_and_camera(tab, proxied, photo, lite0):
    """Everything that the page asks for stays under /cam/."""
    tab.open()
    with tab.answer():
        tab.choose("layer", "blocks.4")
    with tab.answer():
        tab.drop(("mine.jpg", "image/jpeg", photo.read_bytes()))
    tab.has_photo("Your photo")
    recorded = cam.trace(lite0, photo, "blocks.4")
    assert abs(tab.heat() - cam.explain(recorded, "gradcam").heatmap.numpy()).max() < 0.02
    tab.page.get_by_role("tab", name="Live").click()
    tab.page.get_by_role("button", name="Start camera", exact=True).click()
    tab.page.wait_for_function("Number(document.querySelector('.live').dataset.frames) >= 3")
    tab.page.get_by_role("button", name="Stop camera", exact=True).click()


def test_programs_reach_it(proxied, photo):
    from gradio_client import Client, handle_file

    client = Client(proxied.url, verbose=False, analytics_enabled=False)
    picture, found = client.predict(
        handle_file(str(photo)), "efficientnet_lite0", "", "gradcam", -1, api_name="/explain"
    )
    client.close()
    assert found["class"]["label"] == "tiger cat"
    assert Path(picture).stat().st_size > 1000


def test_its_limits_and_ours(proxied):
    """A body above nginx's limit, one above ours, a page of another site; and a slash is added."""
    with httpx.Client(timeout=PATIENCE, trust_env=False) as http:
        files = {"files": ("a.jpg", b"x" * 90 * 2**20)}
        assert http.post(proxied.url + "gradio_api/upload", files=files).status_code == 413
        answer = http.post(proxied.url + "actions/act", json={"data": "x" * 1_100_000})
        assert (answer.status_code, answer.json()["error"][:8]) == (413, "The body")
        answer = http.post(proxied.url + "actions/act", json={}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert http.get(proxied.url.rstrip("/")).headers["location"].endswith("/cam/")


def test_the_picture_of_a_link_is_under_the_folder(proxied):
    (address,) = re.findall(r'property="og:image" content="([^"]+)"', proxied.get().decode())
    assert address.startswith(proxied.url)
    assert httpx.get(address, trust_env=False).headers["content-type"] == "image/jpeg"
