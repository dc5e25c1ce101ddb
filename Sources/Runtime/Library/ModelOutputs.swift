// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// The number of outputs, or 0 for a NULL model.
@c @implementation
public func ferm_model_output_count(_ model: OpaquePointer?) -> Int {
  unsafe ModelHandle.of(model)?.plan.outputs.count ?? 0
}

/// Says what an output is, in as much of a struct as the program has.
@c @implementation
public func ferm_model_output(
  _ model: OpaquePointer?, _ index: Int, _ output: UnsafeMutablePointer<ferm_output>?
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard model.plan.outputs.indices.contains(index) else {
    return refused(FERM_ARGUMENT, "The model has no output of that number.")
  }
  let (wanted, name) = unsafe (model.plan.outputs[index], model.outputNames[index])
  return unsafe fill(output, ferm_output()) { known in
    unsafe known.name = name
    unsafe known.numbers = wanted.count
    switch wanted.kind {
    case .scores: unsafe known.kind = Int(FERM_SCORES)
    case .embedding: unsafe known.kind = Int(FERM_EMBEDDING)
    case .detection(let detection):
      unsafe known.kind = Int(FERM_DETECTION)
      unsafe known.key_points = detection.keyPoints
      unsafe known.levels = detection.levels.count
    }
  }
}

/// The number of an output of that name.
@c @implementation
public func ferm_model_output_index(
  _ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int>?
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard let name = unsafe name else { return refused(FERM_ARGUMENT, "name is NULL.") }
  guard let index = unsafe index else { return refused(FERM_ARGUMENT, "index is NULL.") }
  guard let found = unsafe model.outputNames.firstIndex(of: name) else {
    return status { () throws(FormatError) in
      let plan = model.plan
      throw FormatError(
        .unsupported, "The model \(plan.name) has no output of that name; its \(plan.outputsInWords).")
    }
  }
  unsafe index.pointee = found
  return ferm_status(FERM_OK)
}

/// Says what a level of a detection is, likewise.
@c @implementation
public func ferm_model_output_level(
  _ model: OpaquePointer?, _ index: Int, _ level: Int, _ filled: UnsafeMutablePointer<ferm_output_level>?
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  let outputs = model.plan.outputs
  guard outputs.indices.contains(index), case .detection(let detection) = outputs[index].kind,
    detection.levels.indices.contains(level)
  else { return refused(FERM_ARGUMENT, "The model has no level of that number in such an output.") }
  let shapes = outputs[index].shapes
  let start = shapes[..<(2 * level)].reduce(0) { $0 + $1.count }
  let anchors = model.anchors[index][level]
  return unsafe fill(filled, ferm_output_level()) { known in
    let map = shapes[2 * level]
    unsafe (known.scores, known.boxes) = (start, start + map.count)
    unsafe (known.anchors, known.height, known.width) = (map[0], map[1], map[2])
    unsafe known.anchor_sizes = UnsafePointer(anchors.floats)
  }
}

/// Fills a program's struct, which begins with its size, as far as both know it; what only the program knows becomes 0.
func fill<Answer>(
  _ answer: UnsafeMutablePointer<Answer>?, _ empty: Answer, _ body: (inout Answer) -> Void
) -> ferm_status {
  guard let answer = unsafe answer else {
    return refused(FERM_ARGUMENT, "There is no struct to fill: it is NULL.")
  }
  // SAFETY: the size comes first in every version, and the caller lends as many bytes.
  let size = unsafe UnsafeRawPointer(answer).loadUnaligned(as: Int.self)
  guard ferm_is_struct_size(size, MemoryLayout<Int>.size) != 0 else {
    return refused(FERM_ARGUMENT, "The struct's size must be that which its header gives it.")
  }
  var known = empty
  body(&known)
  unsafe withUnsafePointer(to: &known) { known in
    unsafe ferm_give_struct(answer, size, known, MemoryLayout<Answer>.size)
  }
  return ferm_status(FERM_OK)
}

extension PlanOutput {
  /// By level of a detection, the width and height of each anchor, where they stay; empty for other kinds.
  func anchors() throws(FormatError) -> [AlignedBytes] {
    guard case .detection(let detection) = kind else { return [] }
    var levels: [AlignedBytes] = []
    for level in detection.levels {
      let sizes = try AlignedBytes(count: 8 * level.anchors.count)
      for (i, anchor) in level.anchors.enumerated() {
        // SAFETY: there is room for two floats an anchor.
        unsafe sizes.floats[2 * i] = anchor.width
        unsafe sizes.floats[2 * i + 1] = anchor.height
      }
      levels.append(sizes)
    }
    return levels
  }
}
