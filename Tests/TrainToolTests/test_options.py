"""An option that has no effect, or no sense, is refused by name; a hint tells what was meant."""
import json
import re

import pytest
from training import faces, quick, train


@pytest.mark.parametrize("words, said", [
    ("--drop-path 0.2", "--drop-path has no effect with --network vgg-s"), ("--drop-path 1", "--drop-path takes a number"),
    ("--network resnet18 --block-dropout 0.2", "--block-dropout has no effect with --network resnet18"),
    ("--network vgg --width 0.25", "--width has no effect with --network vgg"),
    ("--optimizer adam --momentum 0.9", "--momentum has no effect with --optimizer adam"),
    ("--optimizer asgd --momentum 0.9", "--momentum has no effect"),
    ("--optimizer asgd --ema 0.9", "--ema has no effect"),
    ("--optimizer sgd --beta1 0.8", "--beta1 has no effect with --optimizer sgd: it is for adam, amsgrad"),
    ("--optimizer adam --rho 0.8", "--rho has no effect with --optimizer adam: it is for adadelta"),
    ("--epsilon 1e-6", "--epsilon has no effect with --optimizer nesterov"), ("--beta2 1", "--beta2 takes a number"),
    ("--schedule constant --period 3", "--period has no effect with --schedule constant"),
    ("--schedule cosine --patience 2", "--patience has no effect with --schedule cosine: it is for plateau"),
    ("--schedule one-cycle --min-lr 0.1", "--min-lr has no effect"),
    ("--schedule restarts --factor 0.5", "--factor has no effect"),
    ("--final-lr 0.1", "--final-lr has no effect without --final-epochs"),
    ("--final-on all", "--final-on has no effect"),
    ("--erase 0:0.1:0.2 --blank mean", "--blank has no effect without --erase"),
    ("--erase 0:0.1:0.2 --calm-epochs 3", "--calm-epochs has no effect"),
    ("--max-hours 1 --epochs 3", "--epochs has no effect with --max-hours"),
    ("--batch-size 3", "did you mean --batch?"), ("--learning-rate 1", "did you mean --lr?"),
    ("--num_workers 3", "did you mean --threads?"), ("--epoch 3", "did you mean --epochs?"),
    ("--early_stop 3", "did you mean --early-stop?"), ("--pretrained x", "did you mean --init?"),
    ("--optimizer adm", "did you mean adam?"), ("--optimizer SGD", "did you mean sgd?"),
    ("--schedule cosin", "did you mean cosine?"), ("--network vggs", "did you mean vgg"),
    ("--lr 0,1", "did you mean 0.1?"), ("--lr 1e400", "--lr takes a number"), ("--lr nan", "--lr takes a number"),
    ("--lr inf", "--lr takes a number"), ("--lr -1", "--lr takes a number"), ("--lr 0x10", "--lr takes a number"),
    ("--lr=", "--lr needs a value"), ("--lr --quiet", "--lr needs a value"), ("--epochs 1.5", "--epochs takes a whole number"),
    ("--batch 0", "--batch takes a whole number"), ("--shift nan:0.1", "--shift takes"), ("--mixup 0.5:0x1", "--mixup takes"),
    ("--cutmix 0.5:0.01", "--cutmix takes a probability up to 1 and an alpha"), ("--mixup 0.6:1 --cutmix 0.5:1", "come to more than 1"),
    ("--correct-labels 0.5:1:0.9", "--correct-labels takes a share above 0"), ("--correct-labels 0.5", "--correct-labels takes SHARE"),
    ("--correct-labels 0.5:0.3:0.9 --teacher x --teacher-share 0.6", "come to more than 1"), ("--sam-from 0.5", "--sam-from needs --sam"),
    ("--sam 0.1 --sam-from 1", "--sam-from takes a number"), ("--surroundings black --beyond edge", "--beyond has no effect with --surroundings black"),
    ("--sizes @", "--sizes takes"), ("--sizes ,", "--sizes takes"), ("--sizes 16", "--sizes takes"),
    ("--network vgg --sizes 64", "--sizes takes sides from 32 to 47"), ("--from-epoch 3", "it needs --resume"),
    ("evl", "did you mean eval?"), ("netwrk=vgg", "There is no setting netwrk; did you mean network=vgg?"),
    ("epochs=3", "the option is called --epochs 3"), ("network=", "network= needs a value"), ("bs=4 bs=8", "given twice"),
    ("start_epoch=5 name=x", "restore_epoch=5"),
])
def test_it_is_refused_before_anything_is_read(words, said, tmp_path):
    refused = train(*words.split(), "--data", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert refused.returncode == 2 and said in refused.stderr, refused.stderr
    assert refused.stderr.count("\n") == 1 and not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", ["--early-stop 3", "--schedule plateau", "--preset reference --width 0.0625 --network vgg-s",
                                   "--tta flip", "--final-epochs 1 --final-on all"])
def test_what_needs_validation_is_refused_without(words, data, tmp_path):
    refused = train("--data", data, "--val", "none", "--out", tmp_path / "run", *quick, *words.split())
    assert refused.returncode == 2 and "needs faces to validate on" in refused.stderr, refused.stderr
    assert not (tmp_path / "run").exists()


def settings(run):
    return {key: value for key, value in json.loads((run / "args.json").read_text()).items() if key.startswith("train.")}


def kinds(option):
    text = re.search(rf"^  {option} NAME +([a-z-]+(?:,\s+[a-z-]+)+)", train("--help").stdout, re.M).group(1)
    return re.split(r",\s+", text)


@pytest.mark.parametrize("option", ["--optimizer", "--schedule"])
def test_every_kind_that_the_help_names_trains(option, data, tmp_path):
    assert len(kinds(option)) > 5
    for name in kinds(option):
        done = train("--data", data, "--val", "0.25", *quick, "--epochs", 1, "--limit", 4, option, name, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr


def test_a_hyperparameter_is_stated_where_it_is_not_the_usual_one(data, tmp_path):
    own = ["--data", data, "--val", "0.25", *quick, "--epochs", 1, "--limit", 4, "--optimizer", "adam"]
    for name, words in {"plain": [], "usual": ["--beta1", "0.9", "--epsilon", "1e-8"], "other": ["--beta1", "0.8"]}.items():
        done = train(*own, *words, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    plain, usual, other = (settings(tmp_path / name) for name in ("plain", "usual", "other"))
    assert usual == plain and other == {**plain, "train.beta1": 0.8}
    best = [(tmp_path / name / "best.ferm").read_bytes() for name in ("plain", "usual", "other")]
    assert best[0] == best[1] != best[2]
    refused = train("--resume", "--out", tmp_path / "other", "--beta1", "0.7")
    assert refused.returncode == 3 and "the run has --beta1 0.8" in refused.stderr


def test_an_import_refuses_a_width_that_means_nothing(tmp_path):
    words = ["import", tmp_path / "x.pt", "-o", tmp_path / "x.ferm", "--width", "0.5"]
    refused = train(*words, "--network", "vgg")
    assert refused.returncode == 2 and "--width has no effect with --network vgg" in refused.stderr
    refused = train(*words)
    assert refused.returncode == 2 and "--width has no effect without --network" in refused.stderr


def test_the_reference_spelling_runs_as_many_epochs_as_it_says(tmp_path):
    data = faces(tmp_path / "datasets/fer2013/train")
    faces(tmp_path / "datasets/fer2013/test", count=2, seed=1)
    words = "--width 0.0625 --sizes 32 --threads 1 --crops random".split()
    for place, order in enumerate((["network=vgg-s", "name=a", "n_epochs=2", "bs=4", "save_freq=1"],
                                   ["save_freq=1", "bs=4", "name=b", "n_epochs=2", "network=vgg-s"])):
        done = train(*order[:2], *words, *order[2:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "runs" / "ab"[place] / "results.csv").read_text().count("\n") == 3
    runs = tmp_path / "runs"
    assert (runs / "a/last.ferm").read_bytes() == (runs / "b/last.ferm").read_bytes()
    for name in ("last.ferm", "epoch_2.ferm"):
        (runs / "b" / name).unlink()
    restored = train("restore_epoch=1", "name=b", "n_epochs=2", cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert (runs / "a/last.ferm").read_bytes() == (runs / "b/last.ferm").read_bytes()
    refused = train("restore_epoch=20", "name=b", cwd=tmp_path)
    assert refused.returncode == 3 and "epoch 20 was not kept" in refused.stderr and "there are 1, 2" in refused.stderr
    assert data.exists()
