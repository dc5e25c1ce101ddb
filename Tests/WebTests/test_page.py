"""ferm.html from a file, and the module in a page from a server, in Chromium without a window."""
import base64
import contextlib
import csv
import functools
import http.server
import io
import threading
from pathlib import Path

import pytest

Image = pytest.importorskip("PIL.Image")
from browser import Browser, program  # noqa: E402

root = Path(__file__).resolve().parents[2]
page, photos = root / "build/web/ferm.html", root / "Examples/photos"
portraits, wall = photos / "two-portraits.jpg", photos / "brick.jpg"
labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

if program is None:
    pytest.skip("there is no Chromium", allow_module_level=True)
if not page.exists():
    pytest.skip("there is no build/web/ferm.html; make web says why", allow_module_level=True)


def status(browser):
    return browser.run("document.getElementById('status').textContent")


def finished(browser, words):
    return browser.until(f"document.getElementById('status').textContent.includes({words!r})")


def shown(browser, selector="#photos article"):
    return browser.run(f"[...document.querySelectorAll({selector!r})].map((one) => one.innerText)")


def press(browser, name):
    browser.run(f"document.getElementById({name!r}).click()")


@contextlib.contextmanager
def served():
    """The address of a server of the checkout, and what it is asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def browser():
    with Browser() as browser:
        browser.open(page.as_uri())
        finished(browser, "Ready.")
        yield browser


def quiet(browser):
    """Nothing was said on the console, and nothing was asked for but the page and the worker that is inside it."""
    assert browser.said() == []
    requests = browser.requests()
    assert requests[0] == page.as_uri() and all(url.startswith(("blob:", "data:")) for url in requests[1:]), requests


def test_it_is_one_small_file():
    assert page.stat().st_size <= 6_000_000


def test_faces_are_found_and_labelled_and_a_wall_has_none(browser):
    browser.choose("#files", portraits, wall)
    finished(browser, "2 faces in 2 pictures.")
    no_face, two_faces = shown(browser)
    assert no_face.split("\n\n")[:2] == ["brick.jpg", "No face was found in this picture."]
    assert "2 faces found." in two_faces and "Face 1: happy" in two_faces and "Face 2: happy" in two_faces
    assert all(label in two_faces for label in labels)
    widths = browser.run("[...document.querySelector('#photos').querySelectorAll('.bar i')].map((bar) => parseFloat(bar.style.width))")
    assert len(widths) == 14 and sum(widths) == pytest.approx(200, abs=0.1)
    quiet(browser)


@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_the_screen_in_light_and_dark(browser, width):
    browser.choose("#files", portraits)
    finished(browser, "2 faces in 1 picture.")
    papers = []
    for dark in (False, True):
        browser.view(width, dark=dark)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        paper, ink = browser.run("['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name])")
        levels = [sum(map(int, colour[4:-1].split(","))) for colour in (paper, ink)]
        assert abs(levels[0] - levels[1]) > 400
        papers.append(levels[0])
        # Fingers are larger than pointers.
        assert browser.run("[...document.querySelectorAll('button, .button')].every((one) => one.hidden || one.closest('[hidden]') || one.offsetHeight >= 44)")
    assert papers[0] > 600 and papers[1] < 200


def test_what_cannot_be_read_gets_a_sentence_and_the_page_lives_on(browser, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(portraits.read_bytes()[:100])
    browser.choose("#files", tmp_path / "cut.jpg")
    finished(browser, "None of these could be read as a picture.")
    assert shown(browser) == ["cut.jpg: this browser cannot read it as a picture."]
    hostile = sorted((root / "spec/conformance/reject").glob("*.ferm"))[::20]
    assert len(hostile) >= 5
    for path in hostile:
        browser.choose("#files", path)
        finished(browser, f"{path.name} cannot be used: ")
        assert status(browser).endswith("]")
    # A detector is a sound file, but labels nothing.
    browser.choose("#files", root / "models/face.ferm")
    finished(browser, "face.ferm cannot be used: This model has no labels.")
    browser.choose("#files", root / "models/default.ferm")
    finished(browser, "default.ferm labels the faces from now on.")
    browser.choose("#files", portraits)
    finished(browser, "2 faces in 1 picture.")
    quiet(browser)


def test_a_photo_of_any_shape_is_taken(browser, tmp_path):
    Image.new("L", (66_000, 2), 90).save(tmp_path / "long.png")
    Image.new("RGBA", (1, 1)).save(tmp_path / "small.png")
    browser.choose("#files", tmp_path / "long.png", tmp_path / "small.png", portraits)
    finished(browser, "2 faces in 3 pictures.")
    quiet(browser)


def test_the_page_cannot_send_anything(browser):
    with served() as (address, asked):
        browser.run(f"""Promise.allSettled([
          fetch("{address}/fetched"), fetch("{address}/posted", {{ method: "POST", body: "face", mode: "no-cors" }}),
          new Promise((resolve) => {{ const image = new Image(); image.onload = image.onerror = resolve; image.src = "{address}/image"; }}),
          new Promise((resolve) => {{ const socket = new WebSocket("{address}/socket".replace("http", "ws")); socket.onopen = socket.onerror = resolve; }}),
        ]).then(() => navigator.sendBeacon("{address}/beacon", "face"))""")
        browser.run("new Promise((resolve) => setTimeout(resolve, 500))")
        assert asked == []


def test_names_and_labels_are_text_and_no_markup(browser, tmp_path):
    name = "<img src=x onerror=document.title=1>.jpg"
    (tmp_path / name).write_bytes(wall.read_bytes())
    browser.choose("#files", tmp_path / name)
    finished(browser, "No face in 1 picture.")
    assert shown(browser, "#photos h2") == [name] and browser.run("document.title") != "1"


def test_csv_has_a_row_for_each_face(browser, tmp_path):
    name = '=cmd,"x".jpg'
    (tmp_path / name).write_bytes(portraits.read_bytes())
    browser.choose("#files", tmp_path / name, wall)
    finished(browser, "2 faces in 2 pictures.")
    browser.run("URL.createObjectURL = (blob) => { window.saved = blob.text(); return 'data:,'; }")
    press(browser, "save")
    rows = list(csv.DictReader(io.StringIO(browser.run("saved"))))
    assert [row["file"] for row in rows] == ["'" + name, "'" + name, wall.name]
    assert [row["face"] for row in rows] == ["1", "2", "0"] and [row["label"] for row in rows[:2]] == ["happy", "happy"]
    assert set(labels) < set(rows[0])
    for row in rows[:2]:
        assert sum(float(row[label]) for label in labels) == pytest.approx(1, abs=1e-5)
        assert float(row["width"]) > 40 and float(row["face_score"]) > 0.58


def test_photos_may_be_dropped_and_pasted(browser):
    bytes64 = base64.b64encode(portraits.read_bytes()).decode()
    browser.run(f"""(() => {{
      window.give = new DataTransfer();
      give.items.add(new File([Uint8Array.from(atob("{bytes64}"), (c) => c.charCodeAt(0))], "given.jpg", {{ type: "image/jpeg" }}));
      dispatchEvent(new DragEvent("dragover", {{ dataTransfer: give, cancelable: true }}));
    }})()""")
    assert browser.run("document.getElementById('drop').hidden") is False
    browser.run("dispatchEvent(new DragEvent('drop', { dataTransfer: give, cancelable: true })), 0")
    finished(browser, "2 faces in 1 picture.")
    assert browser.run("document.getElementById('drop').hidden") is True
    press(browser, "clear")
    assert shown(browser) == [] and status(browser) == ""
    browser.run("dispatchEvent(new ClipboardEvent('paste', { clipboardData: give })), 0")
    finished(browser, "2 faces in 1 picture.")
    assert len(shown(browser)) == 1


def test_all_of_it_is_reached_by_the_keyboard(browser):
    browser.choose("#files", wall)
    finished(browser, "No face in 1 picture.")
    reached = []
    for _ in range(5):
        browser.key("Tab", 9)
        reached.append(browser.run("document.activeElement.id || document.activeElement.tagName"))
        assert browser.run("getComputedStyle(document.activeElement.closest('.button, button, summary')).outlineStyle") == "solid"
        if reached[-1] == "clear":
            browser.key("Enter", 13)
            assert shown(browser) == []
    assert reached == ["files", "camera", "save", "clear", "SUMMARY"]


def test_the_camera_is_watched_until_escape(tmp_path):
    video = tmp_path / "face.mjpeg"
    portrait = Image.open(portraits).crop((40, 40, 360, 280))
    portrait.save(video, "jpeg", quality=95)
    with Browser("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}") as browser:
        browser.open(page.as_uri())
        finished(browser, "Ready.")
        press(browser, "camera")
        browser.until("document.getElementById('seen').innerText.includes('happy')")
        press(browser, "keep")
        browser.until("document.querySelectorAll('#photos article').length === 1")
        assert "Camera 1" in shown(browser)[0]
        browser.key("Escape", 27)
        finished(browser, "The camera is off.")
        assert browser.run("document.getElementById('live').hidden")
        quiet(browser)


def test_without_a_camera_there_is_a_sentence(browser):
    press(browser, "camera")
    finished(browser, "The camera cannot be used: ")


def test_the_module_serves_a_page_from_a_server():
    with served() as (address, asked):
        with Browser() as browser:
            browser.open(f"{address}/Examples/web/")
            browser.until("document.querySelector('pre').textContent === 'Choose a photo.'")
            browser.choose("input", portraits)
            browser.until("document.querySelector('pre').textContent.match(/happy at/g)?.length === 2")
            browser.choose("input", wall)
            browser.until("document.querySelector('pre').textContent === 'No face.'")
            # A module worker has it too, and the model is there once.
            words = browser.run("""new Promise((resolve) => {
              const script = `import { Model } from "${location.origin}/build/web/ferm.js";
                Model.load("${location.origin}/models/default.ferm").then((model) => postMessage(model.labels.join()), (e) => postMessage(e.message))`;
              const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
              worker.onmessage = ({ data }) => resolve(data);
            })""")
            assert words == ",".join(labels)
            missing = browser.run("import('/build/web/ferm.js').then(({ Model }) => Model.load('/none.ferm')).catch((error) => error.message)")
            assert "none.ferm cannot be read: status 404." in missing
        assert "/build/web/ferm.wasm" in asked
