import FermDrawing
import FermFormat
import FermImage
import FermRuntime
import FermTrain

/// Explains the answers of one model.
struct FaceExplainer {
  private let saliency: Saliency
  private let method: SaliencyMethod
  private let wanted: Int?
  private let recipe: Preprocessing
  private let preprocessor: Preprocessor
  private let crops: [Crop]
  let labels: [String]

  /// - Parameter wanted: the class to explain; nil for the likeliest of each face.
  init(_ model: Model, method: SaliencyMethod, of wanted: Int?, workers: Workers) throws {
    saliency = try Saliency(model, workers: workers)
    (self.method, self.wanted, recipe, labels) = (method, wanted, model.preprocessing, model.labels.names)
    preprocessor = Preprocessor(recipe)
    crops = try TestTimeAugmentation.none.crops(of: recipe)
  }

  /// A face with its map, and the map's numbers.
  ///
  /// - Parameter truth: its class, where that is known.
  func explained(_ face: FaceSet.Face, truth: Int? = nil, name: String) throws(TrainError) -> Explanation {
    let size = recipe.inputShape
    var input = [Float](repeating: 0, count: size.count)
    preprocessor.write(face, crops: crops, to: &input, at: 0)
    let map: SaliencyMap
    do throws(TrainError) {
      map = try saliency.maps(of: input, classes: wanted.map { [$0] }, method: method)[0]
    } catch { throw .model("\(name): \(error.description)") }
    let picture = ExplainedFace(
      face: Image(networkInput: { input[$0] }, of: recipe), map: map.values, label: labels[map.label],
      score: map.probability, truth: truth.map { labels[$0] }, name: name)
    return Explanation(picture: picture, map: map)
  }
}

/// A face, what counts in it, and both as a picture.
struct Explanation {
  let picture: ExplainedFace
  let map: SaliencyMap

  /// What is said of it, for people.
  var answer: String { picture.answer }
}
