/// What other programs call our options, for hints.
enum ForeignNames {
  /// Options of `fer-train --data ... --out ...`.
  static let training = [
    "--batch-size": "--batch", "--bs": "--batch", "-b": "--batch", "--learning-rate": "--lr", "--lr0": "--lr",
    "--max-lr": "--lr", "--num-epochs": "--epochs", "--n-epochs": "--epochs", "--max-epochs": "--epochs",
    "-e": "--epochs", "--workers": "--threads", "--num-workers": "--threads", "--jobs": "--threads",
    "-j": "--threads", "--cpus": "--threads", "--output": "--out", "--output-dir": "--out",
    "--out-dir": "--out", "--save-dir": "--out", "--log-dir": "--out", "--run": "--out", "--name": "--out",
    "--project": "--out", "--dataset": "--data", "--data-dir": "--data", "--data-path": "--data",
    "--root": "--data", "--train-dir": "--data", "--train": "--data", "--val-dir": "--val",
    "--val-data": "--val", "--val-split": "--val", "--validation": "--val", "--validation-split": "--val",
    "--model": "--network", "--arch": "--network", "-a": "--network", "--backbone": "--network",
    "--pretrained": "--init", "--weights": "--init", "--checkpoint": "--init", "--finetune": "--init",
    "--wd": "--weight-decay", "--l2": "--weight-decay", "--scheduler": "--schedule",
    "--lr-scheduler": "--schedule", "--lr-schedule": "--schedule", "--warmup-epochs": "--warmup",
    "--gamma": "--factor", "--step-size": "--period", "--img-size": "--sizes", "--imgsz": "--sizes",
    "--image-size": "--sizes", "--optim": "--optimizer", "--opt": "--optimizer",
    "--optimiser": "--optimizer", "--drop": "--dropout", "--dropout-rate": "--dropout",
    "--smoothing": "--label-smoothing", "--early-stopping": "--early-stop", "--save-freq": "--save-every",
    "--save-period": "--save-every", "--continue": "--resume", "--restore": "--resume",
    "--restore-epoch": "--from-epoch", "--start-epoch": "--from-epoch", "--force": "--overwrite",
    "--exist-ok": "--overwrite", "--grad-clip": "--clip", "--clip-grad": "--clip",
    "--ema-decay": "--ema", "--freeze-layers": "--freeze", "--silent": "--quiet", "-q": "--quiet",
    "--hflip": "--flip", "--fliplr": "--flip", "--rotation": "--rotate", "--degrees": "--rotate",
    "--translate": "--shift", "--random-erasing": "--erase", "--reprob": "--erase", "--cutout": "--erase",
    "--brightness": "--light", "--color-jitter": "--light", "--max-time": "--max-hours",
    "--distill": "--teacher", "--class-weight": "--class-weights", "--random-state": "--seed",
  ]
  /// Options of `fer-train sweep`.
  static let sweeping = training.merging(
    [
      "--jobs": "--jobs", "-j": "--jobs", "--parallel": "--jobs", "--search": "--grid",
      "--trials": "--random",
      "--samples": "--random", "--repeats": "--seeds", "--repetitions": "--seeds",
    ], uniquingKeysWith: { $1 })
  /// Options of the subcommands.
  static let measuring = [
    "--out": "--output", "--dataset": "--data", "--data-dir": "--data", "--subset": "--split",
    "--workers": "--threads", "--num-workers": "--threads", "-j": "--threads", "--dtype": "--weights",
    "--precision": "--weights", "--format": "--to", "--classes": "--labels", "--model": "--network",
    "--arch": "--network", "--licence": "--license", "--confusion": "--svg",
  ]
}
