import FermFormat

/// A sound file around one tensor's stored bytes. The first input byte chooses type and codec, the next two the size.
func fileAround(_ input: [UInt8]) -> [UInt8] {
  let choice = Int(input.first ?? 0)
  let type = 1 + choice % 4
  let codec = choice / 4 % 3
  let outputs = 1 + (input.count > 1 ? Int(input[1] & 7) : 0)
  let inputs = 1 + (input.count > 2 ? Int(input[2]) : 0)
  var stored = Array(input.dropFirst(3))
  if codec == 0 {
    let size = outputs * inputs * [4, 2, 2, 1][type - 1] + (type == 4 ? 4 * outputs : 0)
    stored = (0..<size).map { stored.isEmpty ? 0 : stored[$0 % stored.count] }
  }
  var chunks = [chunk("HEAD", [1, 0, 0, 0, 1, 0, 0x6D])]
  // Grey, stretched to 1 x inputs, so that a flat vector of that length comes out.
  chunks.append(
    chunk(
      "PREP", [1, 1, 0, 1] + u16(1) + u16(inputs) + u16(1) + u16(inputs) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0]))
  let labels = (0..<outputs).flatMap { number -> [UInt8] in
    let text = Array("\(number)".utf8)
    return u16(text.count) + text
  }
  chunks.append(chunk("LABL", u16(outputs) + [0, 0, 0x80, 0x3F] + labels))
  let flatten = u16(7) + [1, 1] + u16(0)
  let linear = u16(2) + [1, 1] + u16(1) + u16(0) + u16(0xFFFF)
  chunks.append(chunk("GRPH", u16(2) + flatten + linear))
  chunks.append(
    chunk(
      "TIDX",
      u16(1) + u16(1) + [0x77, UInt8(type), UInt8(codec), 2] + u32(outputs) + u32(inputs) + u32(stored.count)
        + u32(checksum(stored[...]))))
  var file = signature + chunks.flatMap { $0 }
  let gap = (64 - (file.count + 8) % 64) % 64
  let data = [UInt8](repeating: 0, count: gap) + stored
  var opening = Array("TDAT".utf8) + u32(data.count)
  let sum = checksum(opening[...])
  opening += data + [UInt8](repeating: 0, count: (8 - data.count % 8) % 8) + u32(sum) + u32(0)
  file += opening
  return file + chunk("FEND", u32(file.count + 56) + u32(0) + [UInt8](repeating: 0, count: 32))
}

/// Signature, version 1.0 and the features that the writer sets, from a file that it wrote.
private let signature: [UInt8] = [
  0x89, 0x46, 0x45, 0x52, 0x4D, 0x0D, 0x0A, 0x1A, 0x0A, 1, 0, 0, 0, 0, 0, 0,
]

private func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
  var framed = Array(type.utf8) + u32(payload.count) + payload
  framed += [UInt8](repeating: 0, count: (8 - payload.count % 8) % 8)
  return framed + u32(checksum(framed[...])) + u32(0)
}

private func u16(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
private func u32(_ value: Int) -> [UInt8] { u16(value) + u16(value >> 16) }

/// A zip archive as `torch.save` writes it, with the input as its pickle and one storage of 64 floats.
func archive(around pickle: [UInt8]) -> [UInt8] {
  var file: [UInt8] = []
  var directory: [UInt8] = []
  let entries = [
    ("m/data.pkl", pickle), ("m/data/0", [UInt8](repeating: 0, count: 256)), ("m/version", [0x33]),
  ]
  for (name, bytes) in entries {
    let facts =
      u16(0) + u32(0) + u32(checksum(bytes[...])) + u32(bytes.count) + u32(bytes.count) + u16(name.utf8.count)
      + u16(0)
    directory += u32(0x0201_4B50) + u16(0) + u16(0) + u16(0) + facts
    directory += u16(0) + u16(0) + u16(0) + u32(0) + u32(file.count) + Array(name.utf8)
    file += u32(0x0403_4B50) + u16(0) + u16(0) + facts + Array(name.utf8) + bytes
  }
  let start = file.count
  file += directory + u32(0x0605_4B50) + u16(0) + u16(0) + u16(entries.count) + u16(entries.count)
  return file + u32(directory.count) + u32(start) + u16(0)
}
