import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Augmentation")
struct AugmentationTests {
  private let recipe = Preprocessing.greyFaces((48, 40))

  private func inputs(
    _ a: Augmentation, epoch: Int = 0, threads: Int = 1, faces: [Int] = [0, 1, 2]
  ) throws -> [Float] {
    BatchSampler(ToyFaces.set(6), faces: Extent(48), recipe: recipe, augmentation: a, seed: 9)
      .inputs(faces, epoch: epoch, pool: BufferPool(), workers: try Workers(count: threads)).values
  }

  /// What the runtime would see of a face at one place.
  private func crop(_ face: Int, top: Int, left: Int, mirrored: Bool) -> [Float] {
    let set = ToyFaces.set(6)
    var input = [Float](repeating: 0, count: 1600)
    Preprocessor(recipe).write(
      set.faces[face], top: top, left: left, mirrored: mirrored, to: &input, at: 0)
    return input
  }

  private func close(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 } }

  @Test("without any variation, a crop holds the pixels that the runtime would give")
  func plain() throws {
    var a = Augmentation()
    a.flip = .never
    let got = Array(try inputs(a).prefix(1600))
    let places = (0...8).flatMap { top in (0...8).map { (top, $0) } }
    #expect(places.contains { close(got, crop(0, top: $0.0, left: $0.1, mirrored: false)) })
  }

  @Test("ten crops are the four corners, the centre, and their mirror images")
  func ten() throws {
    var a = Augmentation()
    a.flip = .never
    a.crops = .ten
    let got = try inputs(a, faces: [1])
    #expect(got.count == 16_000)
    for (i, (top, left)) in [(0, 0), (0, 8), (8, 0), (8, 8), (4, 4)].enumerated() {
      for mirrored in [false, true] {
        let place = (i + (mirrored ? 5 : 0)) * 1600
        #expect(close(Array(got[place..<(place + 1600)]), crop(1, top: top, left: left, mirrored: mirrored)))
      }
    }
  }

  @Test("an alternating flip shows both sides in any two epochs")
  func alternating() throws {
    var a = Augmentation()
    a.flip = .alternating
    a.crops = .ten
    // The first of ten crops, mirrored, is the sixth of the other side.
    let (one, two) = (try inputs(a, faces: [2]), try inputs(a, epoch: 1, faces: [2]))
    #expect(one != two)
    #expect(close(Array(one[6400..<8000]), Array(two[14_400..<16_000])))
  }

  @Test(
    "a seed fixes every view, for any number of threads and any company",
    arguments: [Augmentation.reference, .standard])
  func determinism(a: Augmentation) throws {
    let size = 1600 * a.crops.count
    let all = try inputs(a, epoch: 3, threads: 3, faces: [0, 1, 2, 3])
    #expect(try inputs(a, epoch: 3, faces: [0, 1, 2, 3]) == all)
    #expect(try inputs(a, epoch: 3, faces: [2]) == Array(all[(2 * size)..<(3 * size)]))
    #expect(try inputs(a, epoch: 4, faces: [0, 1, 2, 3]) != all)
    #expect(all.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test("blank rectangles have the asked share of the crop, and its value")
  func erasing() throws {
    var a = Augmentation()
    a.erasing = (1, 0.1, 0.2)
    a.erasingRatio = (0.5, 2)
    let view = Array(try inputs(a).prefix(1600))
    let share = Double(view.filter { $0 == 0 }.count) / 1600
    #expect(share > 0.08 && share < 0.23)
    a.blank = .mean
    let grey = Array(try inputs(a).prefix(1600))
    #expect(grey.filter { abs($0 - 129.5 / 255) < 1e-6 }.count == view.filter { $0 == 0 }.count)
  }

  @Test("a shift moves the face and leaves black behind")
  func shift() throws {
    var a = Augmentation()
    a.flip = .never
    a.shift = Augmentation.Chance(1, 0.5)
    a.crops = .ten
    var black = 0
    for epoch in 0..<10 { black += try inputs(a, epoch: epoch, faces: [0]).filter { $0 == 0 }.count }
    // The mean of what two shifts of up to half a side, each way, uncover is 7/16 of the face.
    #expect(Double(black) / 160_000 > 0.2 && Double(black) / 160_000 < 0.65)
  }

  @Test("beyond its edge a face goes on with the pixels there, and parts may be larger than it")
  func beyond() throws {
    var a = Augmentation()
    a.flip = .never
    a.crops = .ten
    let whole = try inputs(a, faces: [0])
    a.scale = (4, 4)
    // Nothing of that size fits into a face that ends.
    #expect(try inputs(a, faces: [0]) == whole)
    a.beyond = .edge
    let wide = try inputs(a, faces: [0])
    #expect(wide != whole && !wide.contains(0))
    // The face is half as wide as the canvas: of the corners' crops, somewhere, pixels of a row repeat those of its edge.
    let row = wide[..<40]
    #expect(row.first == row.dropFirst().first || row.last == row.dropLast().last)
    a.showsSurroundings = false
    a.shift = Augmentation.Chance(1, 0.5)
    let black = try (0..<10).contains { try inputs(a, epoch: $0, faces: [0]).contains(0) }
    #expect(black)
  }

  @Test("a face made small keeps its brightness and loses what is finer than its pixels")
  func small() throws {
    let side = 48
    var chess = (0..<(side * side)).map { Float(($0 / side + $0 % side) % 2 * 200) }
    var smooth = (0..<(side * side)).map { Float($0 % side + $0 / side) }
    let softening = Softening(side: side, small: 16)
    var span = chess.mutableSpan
    softening.apply(to: &span, at: 0)
    #expect(chess.allSatisfy { abs($0 - 100) < 12 })
    let before = smooth
    var other = smooth.mutableSpan
    softening.apply(to: &other, at: 0)
    for y in 4..<44 {
      for x in 4..<44 { #expect(abs(smooth[y * side + x] - before[y * side + x]) < 1) }
    }
    var a = Augmentation()
    a.flip = .never
    a.crops = .ten
    let plain = try inputs(a, faces: [0])
    a.small = Augmentation.Chance(1, 0.6)
    let soft = try inputs(a, faces: [0])
    let steps = [plain, soft].map { values in
      zip(values, values.dropFirst()).reduce(Float(0)) { $0 + abs($1.0 - $1.1) }
    }
    #expect(steps[1] < 0.9 * steps[0])
    let sums = [plain, soft].map { $0.reduce(Float(0), +) }
    #expect(abs(sums[1] / sums[0] - 1) < 0.02)
    a.small = Augmentation.Chance(0, 0.6)
    #expect(try inputs(a, faces: [0]) == plain)
  }

  @Test("each epoch has every face once, but for an incomplete last batch")
  func order() {
    let batches = BatchSampler.order(count: 50, batch: 12, epoch: 0, seed: 1)
    #expect(batches.count == 4 && Set(batches.joined()).count == 48)
    #expect(BatchSampler.order(count: 50, batch: 12, epoch: 1, seed: 1) != batches)
    #expect(BatchSampler.order(count: 5, batch: 12, epoch: 0, seed: 1).count == 1)
  }
}
