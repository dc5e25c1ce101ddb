"""fer-inspect on files whose texts and numbers were chosen to hurt, made with the builder of the conformance corpus."""
import json
import os
import re
import shlex
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "spec/conformance"))

import builder  # noqa: E402
from builder import Model  # noqa: E402

program = root / ".build/release/fer-inspect"
views = [[], ["--json"], ["--tensors"], ["--json", "--tensors"], ["--card"], ["--dot"], ["--svg"], ["--hexdump"],
         ["--digest"], ["--verify"]]


def inspect(*words, status=0, cwd=None):
    """Runs it to the end; a program that hangs or crashes fails the test."""
    outcome = subprocess.run([program, *words], capture_output=True, timeout=100, cwd=cwd)
    assert outcome.returncode == status, outcome.stderr.decode(errors="replace")[-1000:]
    return outcome.stdout.decode()


def small(labels=("a", "b"), input=None):
    model = Model(input or (1, 1, len(labels)), list(labels))
    model.node("flatten")
    return model


def written(folder, model, name="m.ferm"):
    path = folder / name
    path.write_bytes(model.encoded()[0])
    return path


def shown(hexdump):
    """The bytes that a dump shows, or counts where it shows no more."""
    counted = [int(line.split()[1].replace(",", "")) for line in hexdump.splitlines() if line.startswith("          ... ")]
    rows = [line[10:57].split() for line in hexdump.splitlines() if line[8:10] == "  " and line[:8].strip()]
    return sum(counted) + sum(map(len, rows))


def is_printable(text):
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in text)


numbers = [9.9e14, 1e15, 9.1e12, 1e300, -1e300, 1.7976931348623157e308, 5e-324, -5e-324, -0.0, 2**53 / 100.0, 1e17,
           2**63 - 1, -(2**63), 0.99999999999, 123456789012.125]


@pytest.mark.parametrize("number", numbers)
def test_no_number_of_a_file_is_too_large_to_show(number, tmp_path):
    fields = ["accuracy", "ece", "faces", "interval95.high", "interval95.low", "loss", "top2"]
    entries = [(f"eval.public.none.{field}", number) for field in fields[:1]]
    entries += [(f"eval.public.none.class{i}.{field}", number) for i in range(2) for field in ("faces", "precision", "recall")]
    entries += [(f"eval.public.none.{field}", number) for field in fields[1:]]
    entries += [("validation.accuracy", number), ("validation.interval95.high", number), ("validation.interval95.low", number),
                ("validation.loss", number)]
    for kept in (entries, entries[-4:]):
        model = small()
        model.provenance(*sorted(kept))
        path = written(tmp_path, model)
        for view in views:
            assert inspect(path, *view)


@pytest.mark.parametrize("length", range(10))
def test_the_hexdump_shows_every_file_that_is_intact(length, tmp_path):
    model = small()
    model.chunk("trST", ("payload", bytes(range(length))))
    path = written(tmp_path, model)
    inspect(path, "--verify")
    dump = inspect(path, "--hexdump")
    assert shown(dump) == path.stat().st_size


hostile = ["\u202egnp.exe", "<img src=x onerror=alert(1)>", "a | b", "|\u0301<\u0338`\u0301[x](y)", "\ufffe", "\uffff",
           "\U0001fffe", "\U000e0001", "\u2028x", "\u200b", "\ue000", "&amp;", "\"quoted\" 'text'", "\\", "http://a.b"]
texts = hostile + ["\x1b[2J\x1b[31m", "\u009b31m", "line\nforged: line", "\r\n```\r\n# heading", "\t", "\x7f", "- item"]


def hostile_model():
    model = small(hostile)
    classes = [(f"eval.public.none.class{i}.{field}", text) for i, text in enumerate(texts[:len(hostile)])
               for field in ("faces",)]
    figures = [(f"eval.public.none.class{i}.{field}", 0.5) for i in range(len(hostile)) for field in ("precision", "recall")]
    entries = classes + figures + [("eval.public.none.accuracy", 0.5), ("eval.public.none.faces", texts[-4])]
    entries += [(f"text{i:02}", text) for i, text in enumerate(texts)]
    entries += [("license", texts[-3]), ("train.dataset", "\n" + texts[0] + "\n- x"), ("validation.split", "x\ny")]
    model.provenance(*sorted(entries))
    model.note("card.md", "One.\r\nTwo.\n\n" + "\x1b[31m three \u202e\n\n")
    return model


names = ["m\x1b[31m.ferm", "x\n```\n# evil.ferm", "\u202emref.ferm", "-rf.ferm", "a b'c\"$(id).ferm", "\u009b31m.ferm", "``.ferm"]


@pytest.mark.parametrize("name", names)
def test_no_text_of_a_file_and_no_name_reaches_the_terminal_as_it_is(name, tmp_path):
    path = written(tmp_path, hostile_model(), name)
    plain = written(tmp_path, hostile_model(), "plain.ferm")
    for view in views:
        out = inspect(path, *view)
        assert is_printable(out), (view, out)
        # A name or text cannot make a line of its own.
        assert len(out.splitlines()) == len(inspect(plain, *view).splitlines())
    other = written(tmp_path, small(["c", "d"]), "other.ferm")
    assert is_printable(inspect(path, "--diff", other, status=1))
    for words in ([str(path) + "x"], [path, "--diff", str(path) + "x"], [path, "-o", path]):
        outcome = subprocess.run([program, *words], capture_output=True, timeout=100)
        assert outcome.returncode in (2, 3) and outcome.stdout == b""
        assert is_printable(outcome.stderr.decode()) and outcome.stderr.count(b"\n") == 1


def test_the_drawing_is_xml_and_the_dump_is_without_loss(tmp_path):
    path = written(tmp_path, hostile_model())
    xml.etree.ElementTree.fromstring(inspect(path, "--svg"))
    dump = json.loads(inspect(path, "--json"))
    assert dump["labels"]["names"] == hostile
    assert [dump["provenance"][f"text{i:02}"] for i in range(len(texts))] == texts
    assert dump["notes"][0]["text"].startswith("One.\r\nTwo.\n\n\x1b[31m")


@pytest.mark.parametrize("name", names)
def test_the_card_keeps_text_from_becoming_markup(name, tmp_path):
    path = written(tmp_path, hostile_model(), name)
    lines = inspect(path, "--card").split("\n")
    fences = [i for i, line in enumerate(lines) if line.lstrip().startswith("```")]
    assert len(fences) == 2 and fences[1] == fences[0] + 2 and lines.count("---") == 2
    command = lines[fences[0] + 1]
    assert command.startswith("fer-infer ") and command.endswith(" faces/")
    word = subprocess.run(["bash", "-c", f"printf %s {command[10:-7]}"], capture_output=True).stdout.decode()
    assert os.path.normpath(word) == name
    assert "One." in lines and "Two." in lines
    for line in lines[lines.index("---", 1):]:
        at = -1
        for sign in "<`|":
            while sign == "<" and (at := line.find(sign, at + 1)) >= 0:
                assert line[at - 1] == "\\", line
    rows = [line for line in lines if line.startswith("| ") and "img" in line]
    assert rows and all(line.count("\\|") * 2 <= line.count("|") + line.count("\\|") for line in rows)


def test_the_front_matter_of_the_card_is_one_of_quoted_texts(tmp_path):
    lines = inspect(written(tmp_path, hostile_model()), "--card").split("\n")
    end = lines.index("---", 1)
    for line in lines[1:end]:
        key, _, value = line.partition(": ")
        if value.startswith('"'):
            assert json.loads(value) and key.strip("- ") in ("license", "name", "type", "split"), line
        else:
            assert value.replace("-", "").replace(" ", "").replace(".", "").isalnum() or not value, line


def test_a_difference_of_bytes_alone_is_one(tmp_path):
    old, new = (written(tmp_path, small(["caf\u00e9", "b"]), "old.ferm"), written(tmp_path, small(["cafe\u0301", "b"]), "new.ferm"))
    assert "labels.names" in inspect(new, "--diff", old, status=1)
    assert inspect(new, "--diff", new) == ""


def test_large_graphs_and_provenance_are_shown_in_time(tmp_path):
    """4,096 nodes with 2,000 skips among them, and 250 texts of 65,001 bytes: seconds at most."""
    def deep(operators):
        model = small(["a"], (1, 1, 1))
        for i in range(1, 4096):
            if i % 2:
                model.node(operators[i // 2 % len(operators)])
            else:
                model.node("add", [i, max(1, i // len(operators))])
        return model

    wordy = small()
    wordy.provenance(*[(f"eval.s{i:03}.none.accuracy", 0.5) for i in range(500)],
                     *[(f"text{i:03}", " " * 65_000 + "x") for i in range(250)])
    models = deep(["relu", "sigmoid"]), deep(["silu", "sigmoid", "relu"]), wordy
    deep, other, wordy = (written(tmp_path, model, f"{i}.ferm") for i, model in enumerate(models))
    for view in views:
        for path in (deep, wordy):
            inspect(path, *view)
    assert inspect(deep, "--diff", other, status=1)
    assert inspect(wordy, "--diff", deep, status=1)
    assert len(inspect(wordy)) < 500_000


def test_an_output_that_is_an_input_is_refused(tmp_path):
    path, old = written(tmp_path, small()), written(tmp_path, small(["c", "d"]), "old.ferm")
    before = path.read_bytes(), old.read_bytes()
    (tmp_path / "link.ferm").symlink_to(path)
    os.link(path, tmp_path / "hard.ferm")
    for output in (path, tmp_path / "link.ferm", tmp_path / "hard.ferm", tmp_path / "." / "m.ferm"):
        for view in views:
            outcome = subprocess.run([program, path, *view, "-o", output], capture_output=True, text=True)
            assert outcome.returncode == 2 and "is an input" in outcome.stderr
    outcome = subprocess.run([program, path, "--diff", old, "-o", old], capture_output=True, text=True)
    assert outcome.returncode == 2 and "is an input" in outcome.stderr
    assert (path.read_bytes(), old.read_bytes()) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hard.ferm", "link.ferm", "m.ferm", "old.ferm"]


def test_a_model_that_is_no_regular_file_is_refused_in_words(tmp_path):
    os.mkfifo(tmp_path / "pipe.ferm")
    for path in (tmp_path / "pipe.ferm", tmp_path, "/dev/null", "/dev/zero"):
        outcome = subprocess.run([program, path], capture_output=True, text=True, timeout=60)
        assert outcome.returncode == 3 and outcome.stderr.count("\n") == 1 and str(path) in outcome.stderr


def test_a_path_is_bytes_for_every_tool_or_refused(tmp_path):
    name = os.fsencode(tmp_path) + b"/m\xff.ferm"
    with open(name, "wb") as file:
        file.write(small().encoded()[0])
    assert b"/m\\xff.ferm" in inspect(name).encode()
    assert "fer-infer $'m\\xff.ferm' faces/" in inspect(name, "--card")
    face = root / "Examples/faces/astronaut-colour.png"
    tools = root / ".build/release"
    assert subprocess.run([tools / "fer-infer", name, face, "--quiet"], capture_output=True).returncode == 0
    refused = subprocess.run([tools / "fer-train", "eval", name, "--data", tmp_path], capture_output=True)
    assert refused.returncode == 2 and b"m\\xff.ferm is not UTF-8" in refused.stderr


def newer(features, set, nodes, **changes):
    """A file of operators that nobody knows: `mix` has code 200 and came with a later set."""
    model = small()
    model.nodes = []
    for node in nodes:
        model.node(*node)
    model.features, model.set, model.minor = features, set, 2
    for key, value in changes.items():
        setattr(model, key, value)
    return model


@pytest.fixture
def mix():
    builder.OPERATORS["mix"] = (200, 3, 9, [("speed", 3), ("ratio", 0.5)])
    yield
    del builder.OPERATORS["mix"]


def test_a_file_that_needs_more_is_refused_by_name_and_listed(mix, tmp_path):
    nodes = [("flatten",), ("mix",), ("mix", [1, 2]), ("relu",)]
    for features, lacks in ((0b100010, "needs feature 5,"), (1 << 30 | 1 << 20 | 2, "needs feature 20, feature 30,"), (2, "set 9")):
        path = written(tmp_path, newer(features, 9, nodes))
        outcome = subprocess.run([program, path], capture_output=True, text=True)
        assert outcome.returncode == 3 and lacks in outcome.stderr and outcome.stderr.count("\n") == 1
        rows = [line.split() for line in outcome.stdout.split("  nodes\n")[1].splitlines()]
        assert [row[:4] for row in rows[1:]] == [
            ["1", "flatten", "7", "1"], ["2", "mix", "200", "3"], ["3", "mix", "200", "3"], ["4", "relu", "4", "1"]]
        assert ["not" in row for row in rows[1:]] == [False, True, True, False]
        assert rows[1][4:6] == ["input", "6"] and rows[3][4:7] == ["1", "2", "14"]
        assert all(f"    {type} " in outcome.stdout for type in ("HEAD", "GRPH", "nLEN", "FEND"))
        # To a file as well; a view that was asked for is not given.
        assert subprocess.run([program, path, "-o", tmp_path / "out"], capture_output=True).stdout == b""
        assert (tmp_path / "out").read_text() == outcome.stdout
        for view in views[1:]:
            outcome = subprocess.run([program, path, *view], capture_output=True)
            assert outcome.returncode == 3 and outcome.stdout == b""


def test_a_list_of_nodes_that_does_not_fit_the_graph_is_not_shown(mix, tmp_path):
    def lengths(numbers):
        return lambda model: [("kinds", builder.u16(1)), ("code", builder.u16(200)), ("version", builder.u8(3)),
                              ("name", builder.string("mix")), ("count", builder.u16(len(numbers))),
                              ("lengths", builder.u16(*numbers))]

    class Changed(Model):
        def length_fields(self):
            return self.changed(self)

    for numbers in ([12, 12], [11, 12], [13, 12], [12], [12, 12, 12], [3, 21], [24, 0]):
        model = Changed((1, 1, 2), ["a", "b"])
        model.node("mix")
        model.node("mix")
        model.features, model.changed = 34, lengths(numbers)
        outcome = subprocess.run([program, written(tmp_path, model)], capture_output=True, text=True)
        assert outcome.returncode == 3 and outcome.stdout.count("mix") == (2 if numbers == [12, 12] else 0), numbers
    outcome = subprocess.run([program, written(tmp_path, newer(34, 9, [("mix",)], lengths=False))], capture_output=True, text=True)
    assert outcome.returncode == 3 and "no list of them" in outcome.stdout


def detector(labels=("a", "b")):
    """Scores and boxes of 3x3 places with one key point, an embedding, and class scores where there are labels."""
    model = Model((1, 3, 3), list(labels))
    for name, channels in (("s", 2), ("b", 12)):
        model.tensor(name, (channels, 1, 1, 1), [0.5] * channels)
        model.node("convolution", [0], weight=name)
    model.node("flatten", [0])
    levels = [(1, 2, [(1.0, 2.0), (0.5, 3.0)])]
    model.output("faces", "detection", key_points=1, levels=levels)
    model.output("face", "embedding", 3)
    if labels:
        model.tensor("w", (len(labels), 9), [0.25] * 9 * len(labels))
        model.node("linear", [3], weight="w")
        model.output("scores", "scores", 4)
    model.crop_rules(("blazeface-short", 1.5, 0.0, -0.125, True), ("other", 2.0, 0.25, 0.5, False))
    return model


def test_outputs_and_crop_rules_are_named_in_every_view(tmp_path):
    path = written(tmp_path, detector())
    page = inspect(path)
    for text in ("readers must know outputs", "faces: detection, 18 boxes with 1 key point each",
                 "level 3x3, anchors 1.0x2.0 0.5x3.0: scores of node 1, boxes of node 2", "face: embedding, 9 numbers of node 3",
                 "scores: class scores, 2 numbers of node 4",
                 "blazeface-short: a square of 1.5 times the box, moved up by 0.125 of its side, turned to level eyes",
                 "other: a square of 2.0 times the box, moved right by 0.25 and down by 0.5 of its side"):
        assert text in page, text
    dump = json.loads(inspect(path, "--json"))
    assert dump["format"]["features"] == ["outputs"] and dump["outputs"][1] == {"name": "face", "kind": "embedding", "values": [3]}
    assert dump["outputs"][0] == {"name": "faces", "kind": "detection", "coding": "linear", "key_points": 1,
                                  "levels": [{"scores": 1, "boxes": 2, "anchors": [[1, 2], [0.5, 3]]}]}
    assert dump["crop_rules"][0] == {"detector": "blazeface-short", "side": 1.5, "right": 0, "down": -0.125, "level": True}
    dot = inspect(path, "--dot")
    for edge in ("v1 -> output0", "v2 -> output0", "v3 -> output1", "v4 -> output2"):
        assert edge in dot
    texts = [text.text for text in xml.etree.ElementTree.fromstring(inspect(path, "--svg")).iter() if text.tag.endswith("text")]
    assert texts.count("faces (detection)") == 2 and "face (embedding)" in texts and "scores (scores)" in texts
    card = inspect(path, "--card")
    assert "| output `face` | embedding, 9 numbers of node 3 |" in card and "| crop for `other` |" in card
    dump = inspect(path, "--hexdump")
    for field in ("features: outputs", "output faces", "kind: detection", "1 key points", "anchor of width 0.5, height 3.0",
                  "boxes: value of node 2", "detector blazeface-short", "down -0.125", "turned to level eyes"):
        assert field in dump, field
    assert shown(dump) == path.stat().st_size
    inspect(path, "--verify")


def test_a_network_without_class_scores_is_shown_as_what_it_is(tmp_path):
    path = written(tmp_path, detector([]))
    for view in views[:-1]:
        assert inspect(path, *view)
    assert "labels       none" in inspect(path)
    card = inspect(path, "--card")
    assert "pipeline_tag: object-detection" in card and "fer-infer" not in card and "facial-expression" not in card


def test_differences_of_outputs_crop_rules_and_needs_are_named(tmp_path):
    old = detector()
    plain = detector()
    plain.outputs = plain.outputs[::-1]
    plain.ancillary = []
    changed = detector()
    changed.outputs[0] = ("faces", "detection", None, 1, [(1, 2, [(1.0, 2.0), (0.5, 3.5)])])
    changed.outputs[1] = ("other", "embedding", 3, 0, ())
    paths = [written(tmp_path, model, f"{i}.ferm") for i, model in enumerate((old, plain, changed, small()))]
    lines = inspect(paths[1], "--diff", paths[0], status=1).splitlines()
    assert lines[0] == "outputs: faces, face, scores -> scores, face, faces"
    assert [line.split(":")[0] for line in lines[1:]] == ["crop rule blazeface-short", "crop rule other"]
    lines = inspect(paths[2], "--diff", paths[0], status=1).splitlines()
    assert [line.split(":")[0] for line in lines] == ["output faces", "output face", "outputs", "output other"]
    assert "anchors 1.0x2.0 0.5x3.0" in lines[0] and "0.5x3.5" in lines[0] and lines[1].endswith("absent")
    assert "needs: outputs -> version 1.0" in inspect(paths[3], "--diff", paths[0], status=1)
    assert inspect(paths[0], "--diff", paths[0]) == ""


def test_lengths_of_nodes_are_shown_field_by_field(tmp_path):
    model = small()
    model.node("hard_swish")
    path = written(tmp_path, model)
    dump = inspect(path, "--hexdump")
    for field in ("features: operator set 2", "2 kinds of nodes", "name hard_swish", "node 2: 6 bytes"):
        assert field in dump, field
    assert shown(dump) == path.stat().st_size


def test_as_many_labels_as_a_file_can_have_are_shown_in_time(tmp_path):
    model = small([f"label {i}" for i in range(65_535)], (1, 255, 257))
    model.resized = (255, 257)
    path = written(tmp_path, model)
    for view in views:
        assert len(inspect(path, *view)) < (100_000 if view in ([], ["--card"], ["--dot"], ["--svg"]) else 20_000_000)
    assert "label 19, ... 65,515 more; --json shows all" in inspect(path)
    assert inspect(path, "--diff", path) == ""


def test_settings_of_a_layer_are_said_in_short(tmp_path):
    model = Model((1, 6, 6), ["a", "b"])
    model.node("convolution 2", weight=model.tensor("w", (2, 1, 2, 2), [0.5] * 8), dilation_height=2, dilation_width=2)
    model.node("convolution 2", weight=model.tensor("x", (2, 2, 1, 1), [0.5] * 4))
    model.node("upsample_nearest", scale_height=1, scale_width=3)
    model.node("pad", pad_front=1, pad_top=1, pad_left=1, pad_bottom=1, pad_right=1)
    model.node("upsample_bilinear")
    model.node("adaptive_average_pool")
    model.node("flatten")
    model.labels = ["a", "b", "c"]
    page = inspect(written(tmp_path, model))
    for text in ("convolution (2x2, dilation 2)  ", "convolution (1x1)  ", "upsample_nearest (scale_height 1, scale_width 3)",
                 "pad (pad_front 1, pad 1)", "upsample_bilinear (scale 2)"):
        assert text in page, text


def test_drawings_join_a_layer_with_what_follows_it_and_show_kernels(tmp_path):
    path = root / "models/default.ferm"
    texts = [text.text for text in xml.etree.ElementTree.fromstring(inspect(path, "--svg")).iter() if text.tag.endswith("text")]
    assert "conv1: convolution + batch_norm + relu" in texts
    assert any(text and text.startswith("3x3, pad 1") for text in texts)
    dot = inspect(path, "--dot")
    assert "convolution + batch_norm + relu" in dot and "-> labels" in dot
    # What a value of its own is given for, or is taken twice, stays apart.
    assert " + " not in inspect(written(tmp_path, detector()), "--dot")
    page = inspect(path)
    assert "convolution (3x3, pad 1)" in page
    rows = [line for line in page.splitlines() if re.match(r"^ +\d+  ", line)]
    takes = page.splitlines()[page.splitlines().index("  layers") + 1].index("takes")
    assert rows and all(row[takes:takes + 5].strip() for row in rows) and rows[0][takes:].startswith("input")
