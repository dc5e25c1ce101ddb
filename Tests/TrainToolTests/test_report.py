"""Pages and pictures of runs and evaluations: whole, escaped, small, and without anything from elsewhere."""
import csv
import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy
import pytest
from PIL import Image
from trainer import evaluate, fit, put_classes, quick, root, train

sys.path.insert(0, str(root / "Tests/WebTests"))
import browser

X = "{http://www.w3.org/1999/xhtml}"
hostile = ["<script>alert(1)", "a & b \"'", "happy"]


class Page:
    """A page that has been read as strictly as XML is."""

    def __init__(self, path):
        self.source = path.read_text(encoding="utf-8")
        self.tree = ElementTree.fromstring(self.source)
        self.words = " ".join(" ".join(self.tree.itertext()).split())
        self.headings = [heading.text for heading in self.tree.iter(f"{X}h2")]
        self.pictures = [image.get("src") for image in self.tree.iter(f"{X}img")]
        self.check()

    def check(self):
        """Nothing runs, and nothing is asked for."""
        for element in self.tree.iter():
            assert element.tag.split("}")[-1] not in ("script", "link", "iframe", "object", "embed", "base", "form"), element.tag
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), name
                if name.split("}")[-1] in ("src", "href", "srcset", "action", "poster", "data"):
                    assert value.startswith(("#", "data:image/png;base64,")) or element.get("class") == "run", value
        style = "".join(self.tree.find(f"{X}head/{X}style").itertext())
        assert "url(" not in style and "@import" not in style


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = put_classes(tmp_path_factory.mktemp("faces") / "d", 12, hostile)
    for name in hostile:
        for path in list((folder / name).iterdir()):
            path.rename(path.with_stem(f"<img src=x onerror=alert({path.stem})>&'\""))
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "<b>run"
    fit(data, out, "--val", "0.4", "--epochs", 3, "--sizes", "32@0.4,40", "--lr", "0.001")
    return out


def svg(path):
    picture = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    texts = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    return float(picture.get("width")), texts


def test_a_run_ends_with_a_page_of_all_its_parts(run):
    page = Page(run / "report.html")
    assert page.headings == ["Figures", "Curves", "Confusion", "Classes", "Reliability", "Settings", "Faces by class",
                             "Faces of largest loss", "Most confused pairs", "Augmentation", "Time"]
    for words in ("95 % interval", "ECE", "precision", "recall", "learning rate", "32 px", "40 px", "Different from the preset (default)",
                  "best.ferm is epoch", "a share of 0.4 of the training faces, one centre crop", "training faces a second"):
        assert words in page.words, words
    # What differs stands before what is as it always is.
    assert page.words.index("learning rate 0.001 0.05") < page.words.index("As in the preset") < page.words.index("label smoothing 0.1")
    for name in (*hostile, "<b>run"):
        assert name in page.words, name
    assert re.search(r"happy/<img src=x onerror=alert\(\d+\)>&'\"\.png", page.words)


def test_figures_are_those_of_eval(run, data):
    page = Page(run / "report.html")
    figures = evaluate(run, data, "--split", "val")
    low, high = (f"{100 * bound:.1f}" for bound in figures["interval95"])
    assert f"{100 * figures['top1']:.1f} % right; 95 % interval {low} to {high}" in page.words
    assert f"{figures['loss']:.4f} loss" in page.words
    for row in figures["per_class"].values():
        assert f"{100 * row['recall']:.1f} (" in page.words


def test_the_page_can_be_written_again_at_any_time_to_the_same_bytes(run, tmp_path):
    said, _ = train("report", run, "-o", tmp_path / "again.html")
    assert "written: " in said
    assert (tmp_path / "again.html").read_bytes() == (run / "report.html").read_bytes()


def test_faces_are_left_out_on_demand(run, data, tmp_path):
    assert len(Page(run / "report.html").pictures) > 20
    train("report", run, "--no-faces", "-o", tmp_path / "none.html")
    fit(data, tmp_path / "run", "--val", "0.4", "--no-faces")
    train("eval", run, "--data", data, "--html", tmp_path / "eval.html", "--no-faces")
    for path in ("none.html", "run/report.html", "eval.html"):
        page = Page(tmp_path / path)
        assert not page.pictures and "Augmentation" not in page.headings and "base64" not in page.source
    assert "--no-faces" in (tmp_path / "run/args.json").read_text()
    assert not b"no-faces" in (tmp_path / "run/best.ferm").read_bytes()


def test_an_evaluation_has_a_page_and_a_picture(run, data, tmp_path):
    train("eval", run, "--data", data, "--split", "val", "--html", tmp_path / "eval.html", "--svg", tmp_path / "c.svg")
    page = Page(tmp_path / "eval.html")
    assert page.headings == ["Figures", "Confusion", "Classes", "Reliability", "Model", "Faces of largest loss", "Most confused pairs"]
    assert "this is val: the faces that chose it" in page.words and "train.learning_rate" in page.words
    assert page.pictures
    _, texts = svg(tmp_path / "c.svg")
    assert "split val, one centre crop" in texts


@pytest.mark.parametrize("count", [2, 7, 70])
def test_pages_and_pictures_hold_any_number_of_classes(count, tmp_path):
    names = [f"class number {i}" for i in range(count)]
    put_classes(tmp_path / "d", 5 if count < 10 else 3, names)
    fit(tmp_path / "d", tmp_path / "run", "--val", "0.4", "--batch", 32)
    page = Page(tmp_path / "run/report.html")
    assert len(page.source) < 3_000_000
    assert ("more than a matrix shows" in page.words) == (count == 70)
    width, texts = svg(tmp_path / "run/confusion.svg")
    title = next(text for text in texts if "faces right (95 % interval" in text)
    assert width > 7 * len(title), "the title is cut off"
    assert {"truth", "said"} <= set(texts)
    if count < 10:
        assert {"recall", "precision"} <= set(texts) and texts.count("class number 1") == 2
        assert any(re.fullmatch(r"a share of 0.4 of the training faces, one centre crop, epoch 1", text) for text in texts)


def test_fifty_large_faces_in_colour_stay_below_three_megabytes(tmp_path):
    random = numpy.random.default_rng(0)
    for label in ("angry", "happy", "sad", "surprise"):
        (tmp_path / "d" / label).mkdir(parents=True)
        for i in range(30):
            pixels = random.integers(0, 256, (96, 96, 3), dtype=numpy.uint8)
            Image.fromarray(pixels).save(tmp_path / "d" / label / f"{i}.png")
    (tmp_path / "wide.net").write_text(
        "network wide\ninput 3 96 colour=rgb\nconvolution c 2 window=3 stride=4\nadaptive_average_pool size=1\nflatten\nlinear l classes\n")
    train("--data", tmp_path / "d", "--out", tmp_path / "run", "--network", tmp_path / "wide.net", "--epochs", 6, "--val", "0.8",
          "--batch", 8)
    page = Page(tmp_path / "run/report.html")
    assert len(page.pictures) >= 50 and len(page.source) < 3_000_000


def test_curves_mark_stages_and_have_round_ticks(tmp_path):
    put_classes(tmp_path / "d", 4)
    fit(tmp_path / "d", tmp_path / "run", "--val", "0.4", "--epochs", 24, "--sizes", "32@0.5,40", "--mixup", "0.5:0.2",
        "--calm-epochs", 4, "--final-epochs", 2)
    _, texts = svg(tmp_path / "run/curves.svg")
    for words in ("accuracy, %", "loss", "learning rate", "epoch"):
        assert words in texts, words
    for words in ("32 px", "40 px", "calm", "final"):
        assert texts.count(words) == 3, (words, texts)
    ticks = texts[texts.index("epoch") - 6:texts.index("epoch")]
    assert ticks == ["1", "5", "10", "15", "20", "25"], ticks
    assert sum(text.startswith("best ") for text in texts) == 2 and texts.count("validation") == 2


def test_curves_name_no_validation_where_there_was_none(tmp_path):
    data = put_classes(tmp_path / "d", 4)
    fit(data, tmp_path / "run", "--val", "none", "--epochs", 2)
    _, texts = svg(tmp_path / "run/curves.svg")
    assert texts.count("training, as seen") == 2 and "validation" not in texts


def test_a_run_that_was_stopped_or_whose_faces_are_gone_has_a_page(tmp_path):
    data = put_classes(tmp_path / "d", 6)
    fit(data, tmp_path / "run", "--val", "0.4", "--epochs", 2)
    (tmp_path / "run/report.html").unlink()
    data.rename(tmp_path / "elsewhere")
    said, _ = train("report", tmp_path / "run")
    assert "are not there any more" in said and "--data says where they are" in said
    page = Page(tmp_path / "run/report.html")
    assert "Curves" in page.headings and not page.pictures and "were not at hand" in page.words
    train("report", tmp_path / "run", "--data", tmp_path / "elsewhere")
    assert Page(tmp_path / "run/report.html").pictures
    put_classes(tmp_path / "other", 6, first=50)
    said, _ = train("report", tmp_path / "run", "--data", tmp_path / "other", status=3)
    assert "these are not the faces of" in said
    assert Page(tmp_path / "run/report.html").pictures


def test_runs_that_keep_no_unseen_faces_say_so(tmp_path):
    data = put_classes(tmp_path / "d", 6)
    fit(data, tmp_path / "all", "--val", "0.4", "--final-epochs", 1, "--final-on", "all")
    assert "nothing is left here that best.ferm has not seen" in Page(tmp_path / "all/report.html").words
    fit(data, tmp_path / "none", "--val", "none")
    assert "Nothing was validated" in Page(tmp_path / "none/report.html").words


def test_a_fold_has_a_page_and_the_folder_of_all_names_one(tmp_path):
    data = put_classes(tmp_path / "d", 6)
    fit(data, tmp_path / "run", "--folds", 2)
    assert "Validation: fold 1/2 of the training faces, one centre crop" in Page(tmp_path / "run/fold_1/report.html").words
    said, _ = train("report", tmp_path / "run", status=3)
    assert "name one of them" in said and "fold_1" in said


def test_a_sweep_has_a_page_with_links_to_its_runs(tmp_path):
    data = put_classes(tmp_path / "d", 6)
    train("sweep", "--grid", "lr=0.001,0.01", "--seeds", 2, "--data", data, "--val", "0.4", *quick, "--out", tmp_path / "s")
    page = Page(tmp_path / "s/report.html")
    assert page.headings == ["Settings", "Curves", "Runs", "Command"] and not page.pictures
    links = [link.get("href") for link in page.tree.iter(f"{X}a") if link.get("class") == "run"]
    assert len(links) == 4 and all((tmp_path / "s" / link).is_file() for link in links)
    table = (tmp_path / "s/table.csv").read_text().splitlines()
    for row in csv.DictReader(table):
        assert f"{100 * float(row['mean']):.2f}" in page.words and f"{100 * float(row['deviation']):.2f}" in page.words
    train("report", tmp_path / "s", "-o", tmp_path / "again.html")
    assert "class=\"run\"" not in (tmp_path / "again.html").read_text()
    (tmp_path / "s/report.html").rename(tmp_path / "first.html")
    train("report", tmp_path / "s")
    assert (tmp_path / "s/report.html").read_bytes() == (tmp_path / "first.html").read_bytes()


def test_what_is_no_run_is_refused_in_a_sentence(run, data, tmp_path):
    for words, status, sentence in (
            (["report", data], 3, "this is no folder of a run"),
            (["report", tmp_path / "nothing"], 3, "this is no folder of a run"),
            (["report"], 2, "report needs one folder of a run or of a sweep"),
            (["report", run, "-o", run / "best.ferm"], 2, "best.ferm"),
            (["eval", run, "--data", data, "--no-faces"], 2, "--no-faces leaves faces out of a page"),
            (["eval", run, "--data", data, "--html", run / "best.ferm"], 2, "best.ferm")):
        said, _ = train(*words, status=status)
        assert sentence in said and said.count("\n") == 1, said


@pytest.mark.skipif(not browser.program, reason="there is no Chromium")
def test_a_browser_shows_the_page_and_asks_for_nothing(run):
    with browser.Browser() as chromium:
        for width in (1280, 400):
            for dark in (False, True):
                chromium.open((run / "report.html").as_uri(), width, dark=dark)
                assert chromium.run("document.documentElement.scrollWidth") <= width
                colour = chromium.run("getComputedStyle(document.body).backgroundColor")
                assert colour == ("rgb(22, 24, 27)" if dark else "rgb(255, 255, 255)")
                assert chromium.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        assert all(url.startswith(("file:///", "data:image/png")) for url in chromium.requests())
        assert len([url for url in chromium.requests() if url.startswith("file:")]) == 4
        assert not chromium.said()
