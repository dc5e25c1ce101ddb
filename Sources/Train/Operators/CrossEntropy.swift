internal import FermFormat
internal import Foundation

extension Variable {
  /// The mean over the batch of `-log softmax(x)[label]`.
  ///
  /// x: `[N, K]` -> `[1]`.
  public func crossEntropy(_ labels: [Int]) -> Variable {
    crossEntropy(Targets(labels, classes: shape[1]))
  }

  /// The mean over the batch of `-sum over k of target[k] * log softmax(x)[k]`; of a part of a batch, its part of that mean.
  ///
  /// x: `[N, K]` -> `[1]`; in fp64, row by row in order.
  public func crossEntropy(_ targets: Targets) -> Variable {
    let x = self
    let (rows, classes) = (shape[0], shape[1])
    let probabilities = tape.tensor(shape)
    let wanted = value.withSpan { targets.resolved(by: $0) }
    var total = 0.0
    value.withSpan { x in
      probabilities.withMutableSpan { probabilities in
        for n in 0..<rows {
          let logits = x.extracting((n * classes)..<((n + 1) * classes))
          var largest = -Double.infinity
          for k in 0..<classes { largest = max(largest, Double(logits[k])) }
          var sum = 0.0
          for k in 0..<classes { sum += exp(Double(logits[k]) - largest) }
          let level = log(sum) + largest
          for k in 0..<classes {
            let target = Double(wanted[n * classes + k])
            if target != 0 { total += target * (level - Double(logits[k])) }
            probabilities[n * classes + k] = Float(exp(Double(logits[k]) - level))
          }
        }
      }
    }
    let loss = Tensor([Float(total / Double(targets.batchRows))], shape: Shape(1))
    return tape.record(loss, from: [self], needsGradient: false, trace: { _ in nil }) { dy in
      let dx = x.tape.tensor(x.shape)
      let scale = dy[0] / Float(targets.batchRows)
      probabilities.withSpan { probabilities in
        dx.withMutableSpan { dx in
          for n in 0..<rows {
            var weight: Float = 0
            for k in 0..<classes { weight += wanted[n * classes + k] }
            for place in (n * classes)..<((n + 1) * classes) {
              dx[place] = (probabilities[place] * weight - wanted[place]) * scale
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}
