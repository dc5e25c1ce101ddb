#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Writes the conformance corpus beside it: python3 spec/conformance/generate.py [--check | --large FOLDER].

accept/*.ferm   sound files; NAME.json holds what a reader finds in them (`dump`, as fer-inspect --json gives it), and the
                `logits` of one input whose element i is ((31 i + 7) mod 17) / 8 - 1.
reject/*.ferm   files that break one rule; NAME.json holds the rule, the error's code and its offset, and `verify: true` where
                only a check of the whole file finds it.
1.1/            the same of version 1.1. NAME.json of a sound file also holds its `features`, its `digest`, its `probabilities`
                where there are class scores, and in the place of `logits`, where the file has a chunk OUTP, `outputs`: by name
                the elements of each value that the output names.

Dumps and numbers come from the second reader, codes and offsets from the cases. With --check nothing is written, and status 1
says that the files are not the ones that this program makes. --large writes files to refuse that are too large to keep.
"""
import json
import math
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "reader")]

import cases_accept  # noqa: E402
import cases_accept_1_1  # noqa: E402
import cases_reject  # noqa: E402
import cases_reject_1_1  # noqa: E402
import ferm  # noqa: E402


def with_self_tests(model):
    """Fills in the numbers that a case's images give."""
    images = getattr(model, "images", None)
    if not images:
        return model
    file = ferm.File(model.encoded()[0])
    tests = []
    for h, w, c, pixels in images:
        outputs = file.run(file.preprocess({"height": h, "width": w, "channels": c, "pixels": bytes(pixels)}))
        numbers = [ferm.f32(x) for values in outputs.values() for value in values for x in value]
        # Networks that hand on their input show the very bits of the preprocessing.
        exact = [operator for operator, _, _ in model.nodes] == ["flatten"]
        tolerance = getattr(model, "tolerance", 0.0 if exact else 1e-4 * max(map(abs, numbers)))
        tests.append((h, w, c, pixels, tolerance, numbers))
    model.tests(*tests)
    model.ancillary.insert(0, model.ancillary.pop())
    return model


def pattern(count):
    return [((31 * i + 7) % 17) / 8 - 1 for i in range(count)]


def rendered(value):
    """JSON with a member of the outer objects a line."""
    members = [f"  {json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}" for key, item in value.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def rounded(values):
    return [ferm.shortest(ferm.f32(v)) for v in values]


def expected(file):
    """What a file of version 1.1 must give for the input."""
    outputs = file.run(pattern(math.prod(file.input)))
    logits = next((outputs[o["name"]][0] for o in file.outputs if o["kind"] == "scores"), None)
    expected = {"features": [ferm.FEATURES[bit] for bit in file.features], "digest": file.content_digest()}
    if 2 in file.features:
        expected["outputs"] = {name: list(map(rounded, values)) for name, values in outputs.items()}
    else:
        expected["logits"] = rounded(logits)
    # Of the largest files the dump is long enough.
    if logits and len(logits) <= 1000:
        expected["probabilities"] = rounded(file.probabilities(logits))
    return {**expected, "dump": file.dump()}


def rejected(cases):
    for name, (data, rule, code, offset, verify) in cases.items():
        expected = {"rule": rule, "code": code, "offset": offset}
        if verify:
            expected["verify"] = True
        yield name, data, expected


def corpus():
    """Every file of the corpus: its path and its bytes."""
    for name, make in cases_accept.CASES.items():
        data, _ = with_self_tests(make()).encoded()
        file = ferm.File(data)
        file.verify()
        logits = rounded(file.logits(pattern(math.prod(file.input))))
        yield f"accept/{name}.ferm", data
        yield f"accept/{name}.json", rendered({"logits": logits, "dump": file.dump()}).encode()
    for name, make in cases_accept_1_1.CASES.items():
        data, _ = with_self_tests(make()).encoded()
        file = ferm.File(data)
        file.verify()
        yield f"1.1/accept/{name}.ferm", data
        yield f"1.1/accept/{name}.json", rendered(expected(file)).encode()
    for folder, cases in (("reject", cases_reject.cases()), ("1.1/reject", cases_reject.cases(cases_reject_1_1.ALL))):
        for name, data, wanted in rejected(cases):
            yield f"{folder}/{name}.ferm", data
            yield f"{folder}/{name}.json", rendered(wanted).encode()


def write_large(folder):
    """The files of `cases_reject_1_1.LARGE`, and one that is larger than any may be, which is a hole on most file systems."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data, wanted in rejected(cases_reject.cases(cases_reject_1_1.LARGE)):
        (folder / f"{name}.ferm").write_bytes(data)
        (folder / f"{name}.json").write_text(rendered(wanted))
    with open(folder / "file-of-more-than-a-gigabyte.ferm", "wb") as file:
        file.write(cases_accept.smallest().encoded()[0])
        file.truncate((1 << 30) + 1)
    (folder / "file-of-more-than-a-gigabyte.json").write_text(
        rendered({"rule": "the file is larger than 2^30 bytes", "code": "limit", "offset": None}))


FOLDERS = ("accept", "reject", "1.1/accept", "1.1/reject")


def main(words):
    files = dict(corpus())
    stale = {str(path.relative_to(here)) for folder in FOLDERS for path in (here / folder).glob("*")} - set(files)
    if words == ["--check"]:
        wrong = sorted(stale | {path for path, data in files.items()
                                if not (here / path).is_file() or (here / path).read_bytes() != data})
        for path in wrong:
            print(f"generate.py: {path} is not what this program makes", file=sys.stderr)
        return 1 if wrong else 0
    if len(words) == 2 and words[0] == "--large":
        write_large(Path(words[1]))
        return 0
    if words:
        print(__doc__, file=sys.stderr)
        return 2
    for path in stale:
        (here / path).unlink()
    for path, data in files.items():
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(data)
    print(f"{len(files) // 2} files, {sum(map(len, files.values()))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
