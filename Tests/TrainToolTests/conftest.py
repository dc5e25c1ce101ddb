import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import training


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return training.faces(tmp_path_factory.mktemp("faces") / "d")
