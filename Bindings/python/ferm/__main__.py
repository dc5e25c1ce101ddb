"""Models on the command line: `python -m ferm --help`."""
from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Iterator

import ferm

from ._models import DEFAULT_DETECTOR, DEFAULT_MODEL
from .shown import facts

HELP = """Says what faces express, and what a model is.

  python -m ferm classify face.jpg            each picture is a crop of one face
  python -m ferm classify --faces photo.jpg   each picture is a photo: all of its faces
  python -m ferm classify --json *.jpg        JSON Lines for programs
  python -m ferm detect photo.jpg             where faces are
  python -m ferm inspect                      what a model is: labels, outputs, origin
"""
END_OF_HELP = """Pictures are JPEG, PNG, WebP, BMP or PNM. Exit status: 0 all well, 1 some pictures failed, 2 usage, 3 no model.
The tool fer-infer does the same for folders, with many more options."""


def main(words: list[str] | None = None) -> int:
    arguments = _parser().parse_args(words)
    try:
        if arguments.command == "inspect":
            _inspect(ferm.Model(arguments.model, threads=1), arguments.all)
            return 0
        model = ferm.Model(arguments.model) if arguments.command == "classify" else None
        finder = ferm.Detector(arguments.detector) if model is None or arguments.faces else None
    except (ferm.FermError, ImportError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 3
    status = 0
    for path in arguments.pictures:
        try:
            for record in _records(path, model, finder):
                print(json.dumps(record) if arguments.json else _line(record))
        except (ferm.FermError, OSError, ValueError) as error:
            print(error, file=sys.stderr)
            status = 1
    return status


def _records(path: str, model: ferm.Model | None, finder: ferm.Detector | None) -> Iterator[dict[str, Any]]:
    """A record for each face, with fer-infer's names."""
    if finder is None:
        assert model is not None
        yield {"path": path, **model.predict(path)[0]}
        return
    found = finder.detect(path)
    answers = model.predict_faces(path, found, finder) if model else []
    if not found:
        yield {"path": path, "faces": 0}
    for number, face in enumerate(found):
        answer: dict[str, Any] = {**answers[number]} if model else {}
        place = {"box": [round(side, 2) for side in face["box"]], "face": number, "faces": len(found), "face_score": face["score"]}
        yield {"path": path, **answer, **place}


def _line(record: dict[str, Any]) -> str:
    if record.get("faces") == 0:
        return f"{record['path']}\tno face"
    words = [record["path"]]
    if "box" in record:
        words.append(",".join(f"{side:.0f}" for side in record["box"]))
    words += [record["label"], f"{record['score']:.3f}"] if "label" in record else [f"{record['face_score']:.3f}"]
    return "\t".join(words)


def _inspect(model: ferm.Model, every: bool) -> None:
    rows = [*facts(model, every), ("self-tests", f"{model.self_test()} passed"), ("ferm", ferm.__version__)]
    wide = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{wide}}  {value}")


def _parser() -> argparse.ArgumentParser:
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m ferm", description=HELP, epilog=END_OF_HELP, formatter_class=shown)
    parser.add_argument("--version", action="version", version=ferm.__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="classify|detect|inspect")
    classify = commands.add_parser("classify", help="labels for pictures", description="Labels for pictures: path, label, score.")
    detect = commands.add_parser("detect", help="boxes of faces", description="Faces in photos: path, box x,y,width,height, score.")
    inspect = commands.add_parser("inspect", help="what a model is", description="What a model is; runs its self-tests.")
    classify.add_argument("--faces", action="store_true", help="the pictures are photos: find their faces first")
    classify.add_argument("--model", default=DEFAULT_MODEL, metavar="FILE.ferm", help="default: the package's own")
    inspect.add_argument("model", nargs="?", default=DEFAULT_MODEL, metavar="FILE.ferm", help="default: the package's own")
    inspect.add_argument("--all", action="store_true", help="every fact that the file holds, not the chief ones alone")
    for command in (classify, detect):
        command.add_argument("--detector", default=DEFAULT_DETECTOR, metavar="FILE.ferm", help="default: the package's own")
        command.add_argument("--json", action="store_true", help="JSON Lines, with the names of fer-infer's records")
        command.add_argument("pictures", nargs="+", metavar="PICTURE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
