"""Which package is tested: the checkout's with the library of its build folder, or with FERM_TESTED=installed the installed one."""
import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[3]
if os.environ.get("FERM_TESTED") != "installed":
    package = str(root / "Bindings/python")
    sys.path.insert(0, package)
    # For the programs that tests run.
    os.environ["PYTHONPATH"] = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))
