import FermFormat
import FermToolSupport
import FermTrain

/// `ferm-bench`: every figure is one JSON object on one line, so that scripts can read them.
enum BenchTool {
  static let help = """
    Times the runtime, the trainer and the loader; prints one JSON object for each figure.

      ferm-bench infer --network vgg --batch 64 --threads 2
      ferm-bench infer --model models/default.ferm --operators
      ferm-bench infer --network vgg --precision fast --clients 8
      ferm-bench train --network vgg --batch 64 --threads 2
      ferm-bench augment --batch 64
      ferm-bench load --model models/default.ferm
      ferm-bench peak

    usage: ferm-bench infer [--model FILE | --network NAME] [--precision exact|fast] [--batch N[,N...]] [--threads N] [--repeats N]
                            [--operators] [--preprocessing]
           ferm-bench infer [--model FILE | --network NAME] [--precision exact|fast] --clients N [--repeats N]
           ferm-bench train [--network NAME] [--side N] [--precision fp32|bf16] [--batch N[,N...]] [--threads N] [--repeats N] [--operators]
           ferm-bench augment [--batch N[,N...]] [--threads N] [--repeats N]
           ferm-bench load  --model FILE [--precision exact|fast] [--repeats N]
           ferm-bench peak  [--threads N]

      --operators  a line for each operation too: its share of the time; for infer, GFLOP/s and share of the machine's peak as
                   well, which is measured at the same time
      --precision  how the runtime multiplies (exact) or the trainer does (fp32); where the runtime's fast is not to be had, the figures
                   say exact
      --clients    N threads, each with a session of its own, which ask for one image after the other, for a fifth of a second a
                   repeat: answers a second, and how long one takes
      --preprocessing  what it takes to make a batch from 8-bit faces, on one thread, and its share of the whole
      --side       the crops' side in pixels; without it the network's own
    Without --model a network with random weights runs; --batch is 1,8,64 for infer and 64 for train. Figures are medians
    after a warm-up. Quote ratios: absolute times drift between machines and hours (docs/performance.md).
    """

  static func run(_ words: [String]) -> Int32 {
    do {
      switch words.first {
      case "infer": try InferBench(parsed(words)).run()
      case "train": try TrainBench(parsed(words)).run()
      case "augment": try AugmentBench(parsed(words)).run()
      case "load": try LoadBench(parsed(words)).run()
      case "peak": try PeakBench(parsed(words)).run()
      case "--help", "-h": print(help)
      case "--version": print("ferm-bench \(toolVersion)")
      default: throw UsageError("say what to time: infer, train, augment, load or peak.")
      }
      return ExitStatus.success
    } catch let error as UsageError {
      narrate("ferm-bench: \(error.message) Try ferm-bench --help.")
      return ExitStatus.usage
    } catch let error as FormatError {
      narrate("ferm-bench: \(error.description)")
      return ExitStatus.badInput
    } catch {
      narrate("ferm-bench: \(error)")
      return ExitStatus.badInput
    }
  }

  private static func parsed(_ words: [String]) throws(UsageError) -> Arguments {
    try Arguments(
      Array(words.dropFirst()),
      valued: [
        "--model", "--network", "--batch", "--threads", "--repeats", "--precision", "--clients", "--side",
      ],
      flags: ["--operators", "--preprocessing", "--child"])
  }
}

extension Arguments {
  /// `--batch 1,8,64`.
  func batches(default standard: [Int]) throws(UsageError) -> [Int] {
    guard let text = string("--batch") else { return standard }
    let batches = text.split(separator: ",").map { Int($0) ?? 0 }
    guard !batches.isEmpty, batches.allSatisfy({ (1...4096).contains($0) }) else {
      throw UsageError("--batch wants numbers from 1 to 4096, with commas between them, not \(text).")
    }
    return batches
  }
}
