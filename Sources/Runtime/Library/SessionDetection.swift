// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// The faces in a photo, as many as there is room for.
@c @implementation
public func ferm_session_detect(
  _ session: OpaquePointer?, _ photo: UnsafePointer<ferm_image>?, _ image_size: Int,
  _ options: UnsafePointer<ferm_detection_options>?, _ faces: UnsafeMutablePointer<ferm_face>?,
  _ face_size: Int, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> ferm_status {
  if let count = unsafe count { unsafe count.pointee = 0 }
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  guard let count = unsafe count else { return refused(FERM_ARGUMENT, "count is NULL.") }
  if let refusal = unsafe refusal(of: photo, image_size, faces, face_size) { return refusal }
  guard let photo = unsafe photo, let faces = unsafe faces else { return ferm_status(FERM_ARGUMENT) }
  guard capacity != 0 else { return refused(FERM_ARGUMENT, "There is room for no face.") }
  var known = ferm_detection_options()
  if let refusal = unsafe copy(
    options, to: &known, sizeFault: "The options' size must be sizeof(ferm_detection_options).")
  {
    return refusal
  }
  let lent = unsafe LentImages(start: photo, size: image_size, count: 1)
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let options = DetectionOptions(known, capacity: capacity)
      let found = try handle.detector().detect(try handle.memory.image(0, of: lent), options: options)
      for (i, face) in found.enumerated() {
        // SAFETY: the caller lends room for `capacity` faces, and no more are found.
        unsafe LentFaces.write(face, to: UnsafeMutableRawPointer(faces) + i * face_size, size: face_size)
      }
      unsafe count.pointee = found.count
    }
  }
}

/// How surely each image shows a face.
@c @implementation
public func ferm_session_face_scores(
  _ session: OpaquePointer?, _ crops: UnsafePointer<ferm_image>?, _ image_size: Int, _ count: Int,
  _ scores: UnsafeMutablePointer<Float>?
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = handle.session.plan.refusal(ofCount: count) { return refusal }
  if let refusal = LentImages.refusal(ofSize: image_size) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let crops = unsafe crops else { return refused(FERM_ARGUMENT, "crops is NULL.") }
  guard let scores = unsafe scores else { return refused(FERM_ARGUMENT, "scores is NULL.") }
  let lent = unsafe LentImages(start: crops, size: image_size, count: count)
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let detector = try handle.detector()
      // All are looked at before the first is shown, so that a bad one costs no work and nothing is written.
      try handle.memory.grow(for: lent, by: handle.session.preprocessor)
      try requireMemory(4 * count + 1 << 16)
      var found: [Float] = []
      found.reserveCapacity(count)
      for i in 0..<count { found.append(try detector.score(ofCrop: try handle.memory.image(i, of: lent))) }
      // SAFETY: the caller lends room for a score of each image.
      for i in 0..<count { unsafe scores[i] = found[i] }
    }
  }
}

/// A row of probabilities for each face of a photo.
@c @implementation
public func ferm_session_predict_faces(
  _ session: OpaquePointer?, _ photo: UnsafePointer<ferm_image>?, _ image_size: Int,
  _ rule: UnsafePointer<ferm_crop_rule>?, _ faces: UnsafePointer<ferm_face>?, _ face_size: Int, _ count: Int,
  _ probabilities: UnsafeMutablePointer<Float>?, _ capacity: Int
) -> ferm_status {
  guard let handle = unsafe SessionHandle.of(session) else {
    return refused(FERM_ARGUMENT, "session is NULL.")
  }
  if let refusal = handle.session.plan.refusal(of: count, capacity) { return refusal }
  guard unsafe rule != nil else {
    return refused(FERM_ARGUMENT, "rule is NULL; ferm_model_crop_rule gives the model's.")
  }
  var known = ferm_crop_rule()
  if let refusal = unsafe copy(
    rule, to: &known, sizeFault: "The rule's size must be sizeof(ferm_crop_rule).")
  {
    return refusal
  }
  if count == 0 { return ferm_status(FERM_OK) }
  if let refusal = unsafe refusal(of: photo, image_size, faces, face_size) { return refusal }
  guard let photo = unsafe photo, let faces = unsafe faces else { return ferm_status(FERM_ARGUMENT) }
  guard let probabilities = unsafe probabilities else {
    return refused(FERM_ARGUMENT, "probabilities is NULL.")
  }
  let lent = unsafe LentFaces(start: UnsafeRawPointer(faces), size: face_size, count: count)
  let image = unsafe LentImages(start: photo, size: image_size, count: 1)
  return handle.exclusively {
    status(handle.reserve) { () throws(FormatError) in
      let (session, memory, photo) = (handle.session, handle.memory, try handle.memory.image(0, of: image))
      try unsafe session.predict(count, using: memory, into: probabilities) { i, room throws(FormatError) in
        let margin = known.margin == 0 ? 1 : Float(known.margin)
        let frame = CropRule(known).frame(of: try lent.face(i), margin: margin)
        do throws(FormatError) {
          let face = try frame.image(of: photo)
          try memory.grow(scratch: try session.preprocessor.resizing(of: face).scratchBytes)
          try unsafe session.prepare(face, using: memory, into: room)
        } catch {
          throw error.code == .value ? FormatError(.value, "Face \(i): \(error.message)") : error
        }
      }
    }
  }
}

/// How the model wants faces to be cut that a detector found.
@c @implementation
public func ferm_model_crop_rule(
  _ model: OpaquePointer?, _ detector: UnsafePointer<CChar>?, _ rule: UnsafeMutablePointer<ferm_crop_rule>?
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  guard let detector = unsafe detector else { return refused(FERM_ARGUMENT, "detector is NULL.") }
  let stated = model.plan.cropRules.first { unsafe $0.isFor(detector) }
  let wanted = stated ?? CropRule.usual(for: "")
  return unsafe fill(rule, ferm_crop_rule()) { known in
    known.side = Double(wanted.side)
    known.right = Double(wanted.right)
    known.down = Double(wanted.down)
    known.level = wanted.isLevel ? 1 : 0
    known.is_stated = stated == nil ? 0 : 1
    known.margin = 1
  }
}

/// What is wrong with the photo and the room for faces of a call; nil if nothing is.
private func refusal(
  of photo: UnsafePointer<ferm_image>?, _ image_size: Int, _ faces: UnsafePointer<ferm_face>?,
  _ face_size: Int
) -> ferm_status? {
  guard unsafe photo != nil else { return refused(FERM_ARGUMENT, "photo is NULL.") }
  if let refusal = LentImages.refusal(ofSize: image_size) { return refusal }
  guard unsafe faces != nil else { return refused(FERM_ARGUMENT, "faces is NULL.") }
  guard LentFaces.isSize(face_size) else {
    return refused(FERM_ARGUMENT, "face_size must be sizeof(ferm_face).")
  }
  return nil
}

extension DetectionOptions {
  /// What a program wants; 0 is the usual.
  fileprivate init(_ options: ferm_detection_options, capacity: Int) {
    self.init()
    if options.min_score != 0 { minScore = Float(options.min_score) }
    if options.overlap != 0 { overlap = Float(options.overlap) }
    if options.smallest_face != 0 { smallestFace = Float(options.smallest_face) }
    // A size_t beyond half of its range comes as a negative number.
    if capacity > 0 { mostFaces = min(capacity, mostFaces) }
  }
}

extension CropRule {
  fileprivate init(_ rule: ferm_crop_rule) {
    self.init(
      detector: "", side: Float(rule.side), right: Float(rule.right), down: Float(rule.down),
      isLevel: rule.level != 0)
  }

  /// Whether the rule is for the detector of a name that ends with NUL.
  fileprivate func isFor(_ name: UnsafePointer<CChar>) -> Bool {
    var detector = detector
    return detector.withUTF8 { utf8 in
      for i in utf8.indices where unsafe UInt8(bitPattern: name[i]) != utf8[i] { return false }
      return unsafe name[utf8.count] == 0
    }
  }
}
