#!/usr/bin/env python3
"""Puts the module, the detector, the model and the page into one file that works by itself: build/web/ferm.html.

Usage: web-page.py [OUTPUT]     (from anywhere; status 77 and the reason where a part is not there)
"""
import base64
import re
import shutil
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[1]
page, web = root / "Bindings/web/page", root / "build/web"


def text(path):
    return path.read_text(encoding="utf-8")


def script(name):
    """A script of the page, with what it imports from ferm.js before it, as one that needs no other file: browsers start no module as the
    worker of a page that was opened as a file, so it is none. Nothing in it may end it where it stands in the page."""
    own, count = re.subn(r'^import \{[^}]*\} from "../ferm.js";\n', "", text(page / name), flags=re.M)
    library = re.sub(r"^export ", "", text(root / "Bindings/web/ferm.js"), flags=re.M).replace("import.meta.url", "location.href")
    return ((library if count else "") + own).replace("</script", "<\\/script")


def licences():
    """Of everything that the page has inside."""
    parts = [("This page, its model and what runs them", root / "LICENSE"), ("The weights of the detector", root / "models/face-notice.txt"),
             ("zlib", root / ".build/web/zlib/LICENSE"), ("wasi-libc", Path("/usr/share/doc/wasi-libc/copyright"))]
    parts += [("LLVM's compiler-rt", path) for path in sorted(Path("/usr/share/doc").glob("libclang-rt-*-wasm32/copyright"))[-1:]]
    swift = shutil.which("swift")
    if swift:
        parts.append(("Swift's standard library", Path(swift).resolve().parents[1] / "share/swift/LICENSE.txt"))
    escape = str.maketrans({"&": "&amp;", "<": "&lt;"})
    return "\n\n\n".join(f"{name}\n\n{text(path).strip()}".translate(escape) for name, path in parts if path.exists())


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else web / "ferm.html"
    files = {"wasm": web / "ferm.wasm", "model": root / "models/default.ferm", "detector": root / "models/face.ferm"}
    for name, path in files.items():
        if not path.exists():
            print(f"there is no {path.relative_to(root)}, which the page needs: make {'detector' if name == 'detector' else 'wasm'}", file=sys.stderr)
            return 77
    parts = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    parts |= {"style": text(page / "page.css"), "worker": script("worker.js"), "script": script("page.js"),
              "version": text(root / "VERSION").strip(), "licences": licences()}
    made = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text(page / "page.html"))
    output.write_text(made, encoding="utf-8")
    print(f"{output}: {len(made.encode()) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
