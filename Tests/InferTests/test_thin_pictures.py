"""Pictures of a few long rows: the black that fills them up to a square is never in memory."""
import json
import resource

import pytest
from PIL import Image

from tool import command, run

gigabyte = 1 << 30


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (gigabyte, gigabyte))


@pytest.mark.parametrize("size", [(16384, 1), (1, 16384), (16000, 3)])
def test_padding_takes_no_memory_for_the_padded_picture(size, tmp_path):
    for i in range(8):
        Image.new("RGB", size, (250, 200, i)).save(tmp_path / f"{i}.png")
    outcome = run(*command(tmp_path, "--fit", "pad", "--threads", "2", "--format", "jsonl"), preexec_fn=little_memory)
    assert [json.loads(line)["ok"] for line in outcome.stdout.splitlines()] == [True] * 8
