import FermFormat
import FermRuntime

/// The network's part: what it says of prepared faces, a batch at a time.
struct FaceClassifier {
  let session: Session
  /// The crops of a face.
  let crops: Int
  /// Which output is an embedding that is wanted, too.
  let embedding: PlanOutput?
  /// Faces that run in one call.
  let batch: Int
  /// Numbers of a face's inputs.
  private let faceFloats: Int

  /// Crops that run in one call, and bytes of their inputs; bounds the memory of `--tta ten --batch 4096`.
  private static let mostCrops = 4096
  private static let batchBytes = 64 << 20

  init(_ session: Session, _ preparer: FacePreparer, embedding: PlanOutput? = nil) {
    self.session = session
    self.embedding = embedding
    crops = preparer.crops.count
    faceFloats = crops * preparer.cropBytes / 4
    let fitting = Self.batchBytes / (crops * preparer.cropBytes)
    batch = max(1, min(session.maxBatch, Self.mostCrops / crops, fitting))
  }

  /// What is said of each face, in order.
  func outcomes(of works: [PreparedWork]) -> [Result<Outcome, InputFailure>] {
    var rows = rows(of: works)[...]
    return works.flatMap { work in
      let size = work.size ?? (0, 0)
      return work.faces.map { face in
        Result { () throws(InputFailure) in
          switch face.input {
          case .failure(let failure): throw failure
          case .noFace: return Outcome.noFace(width: size.width, height: size.height)
          case .values:
            let row = try rows.removeFirst().get()
            return .face(
              try Prediction.of(row, temperature: session.plan.labels.temperature, size: size).get())
          }
        }
      }
    }
  }

  /// What the network gives for each face that has an input.
  private func rows(of works: [PreparedWork]) -> [Result<FaceRows, InputFailure>] {
    var rows: [Result<FaceRows, InputFailure>] = []
    var (inputs, faces) = ([Float](), 0)
    let wanted = session.plan.outputs.filter { $0.isScores || $0 == embedding }
    func run() {
      do throws(FormatError) {
        let outputs = try session.uncheckedOutputs(inputs, where: wanted.contains)
        let means = zip(outputs, wanted).map { rows, output in
          TestTimeAugmentation.mean(of: rows, crops: crops, classes: output.count)
        }
        for face in 0..<faces {
          var own = FaceRows()
          for (rows, output) in zip(means, wanted) {
            let row = Array(rows[face * output.count..<(face + 1) * output.count])
            if output.isScores { own.logits = row } else { own.embedding = row }
          }
          rows.append(.success(own))
        }
      } catch {
        rows += repeatElement(.failure(InputFailure(error)), count: faces)
      }
      inputs.removeAll(keepingCapacity: true)
      faces = 0
    }
    for case .values(let input) in works.lazy.flatMap({ $0.faces }).map({ $0.input }) {
      inputs += input
      faces += 1
      if inputs.count >= batch * faceFloats { run() }
    }
    run()
    return rows
  }
}
