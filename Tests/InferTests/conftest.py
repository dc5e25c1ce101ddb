"""What several files of tests take."""
import pytest
from blobs import detector
from tool import model, root, run


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model that sees the very boxes of the tests' detector, and that detector."""
    folder = tmp_path_factory.mktemp("models")
    run(root / ".build/release/fer-train", "export", model, "-o", folder / "model.ferm", "--crop", "blobs:1,0,0")
    detector(folder / "face.ferm")
    return folder
