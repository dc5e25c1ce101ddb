#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Writes the conformance corpus beside it: python3 spec/conformance/generate.py [--check].

accept/*.ferm   sound files; NAME.json holds what a reader finds in them (`dump`, as fer-inspect --json gives it), and the
                `logits` of one input whose element i is ((31 i + 7) mod 17) / 8 - 1.
reject/*.ferm   files that break one rule; NAME.json holds the rule, the error's code and its offset, and `verify: true` where
                only a check of the whole file finds it.

Dumps and logits come from the second reader, codes and offsets from the cases. With --check nothing is written, and status 1
says that the files are not the ones that this program makes.
"""
import json
import math
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "reader")]

import cases_accept  # noqa: E402
import cases_reject  # noqa: E402
import ferm  # noqa: E402


def with_self_tests(model):
    """Fills in the logits of a case's images."""
    images = getattr(model, "images", None)
    if not images:
        return model
    blank = [0.0] * len(model.labels)
    model.tests(*[(h, w, c, pixels, 3e38, blank) for h, w, c, pixels in images])
    file = ferm.File(model.encoded()[0])
    model.ancillary.pop()
    tests = []
    for (h, w, c, pixels), test in zip(images, file.tests):
        logits = list(map(ferm.f32, file.logits(file.preprocess(test))))
        # Networks that hand on their input show the very bits of the preprocessing.
        exact = [operator for operator, _, _ in model.nodes] == ["flatten"]
        tolerance = getattr(model, "tolerance", 0.0 if exact else 1e-4 * max(map(abs, logits)))
        tests.append((h, w, c, pixels, tolerance, logits))
    model.tests(*tests)
    model.ancillary.insert(0, model.ancillary.pop())
    return model


def pattern(count):
    return [((31 * i + 7) % 17) / 8 - 1 for i in range(count)]


def rendered(value):
    """JSON with a member of the outer objects a line."""
    members = [f"  {json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}" for key, item in value.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def corpus():
    """Every file of the corpus: its path and its bytes."""
    for name, make in cases_accept.CASES.items():
        data, _ = with_self_tests(make()).encoded()
        file = ferm.File(data)
        file.verify()
        logits = [ferm.shortest(ferm.f32(v)) for v in file.logits(pattern(math.prod(file.input)))]
        yield f"accept/{name}.ferm", data
        yield f"accept/{name}.json", rendered({"logits": logits, "dump": file.dump()}).encode()
    for name, (data, rule, code, offset, verify) in cases_reject.cases().items():
        expected = {"rule": rule, "code": code, "offset": offset}
        if verify:
            expected["verify"] = True
        yield f"reject/{name}.ferm", data
        yield f"reject/{name}.json", rendered(expected).encode()


def main(words):
    files = dict(corpus())
    stale = {str(path.relative_to(here)) for folder in ("accept", "reject") for path in (here / folder).glob("*")} - set(files)
    if words == ["--check"]:
        wrong = sorted(stale | {path for path, data in files.items()
                                if not (here / path).is_file() or (here / path).read_bytes() != data})
        for path in wrong:
            print(f"generate.py: {path} is not what this program makes", file=sys.stderr)
        return 1 if wrong else 0
    if words:
        print(__doc__, file=sys.stderr)
        return 2
    for path in stale:
        (here / path).unlink()
    for path, data in files.items():
        (here / path).parent.mkdir(exist_ok=True)
        (here / path).write_bytes(data)
    print(f"{len(files) // 2} files, {sum(map(len, files.values()))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
