import FermFormat
import FermTrain
import TestSupport
import Testing

@Suite("Element types")
struct ElementTests {
  @Test("fp16 rounds as the processor's half precision does")
  func half() throws {
    for bits in UInt16.min...UInt16.max {
      let value = Float(halfBits: bits)
      #expect(value.isNaN == Float16(bitPattern: bits).isNaN)
      guard !value.isNaN else { continue }
      #expect(value == Float(Float16(bitPattern: bits)))
    }
    var values: [Float] = [
      0, -0, 1, 65504, 65519.99, 65520, 1e30, -1e30, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-149,
    ]
    var bits: UInt32 = 12345
    for _ in 0..<20000 {
      bits = bits &* 1_664_525 &+ 1_013_904_223
      let value = Float(bitPattern: bits)
      if !value.isNaN { values.append(value) }
    }
    let tensor = try Model.Weight(name: "t", type: .fp16, shape: Shape(values.count), floats: values)
    #expect(tensor.floats() == values.map { Float(Float16($0)) })
  }

  @Test("bf16 rounds to nearest, ties to even")
  func brain() throws {
    let values: [Float] = [1, 1.00390625, 1.01171875, -2.5, 3.4e38, .infinity]
    let tensor = try Model.Weight(name: "t", type: .bf16, shape: Shape(values.count), floats: values)
    #expect(tensor.floats() == [1, 1, 1.015625, -2.5, .infinity, .infinity])
  }

  @Test("int8 has a scale for each output channel; the largest value becomes 127, and ties go to even")
  func quantised() throws {
    let values: [Float] = [127, -63.5, 0.5, 1.5, 0, 0, 0, 0, 0.25, -0.5, 0.1, 0.375]
    let tensor = try Model.Weight(name: "t", type: .int8, shape: Shape(3, 2, 2), floats: values)
    #expect(tensor.info.byteCount == 3 * 4 + 12)
    #expect(tensor.scales() == [1, 0x1p-126, 0.5 / 127])
    let scale = Float(0.5) / 127
    #expect(
      tensor.floats() == [127, -64, 0, 2, 0, 0, 0, 0, 64 * scale, -127 * scale, 25 * scale, 95 * scale])
    #expect(throws: FormatError.self) {
      try Model.Weight(name: "t", type: .int8, shape: Shape(12), floats: values)
    }
  }

  @Test(
    "no file is written with elements that are not finite, and none is read", arguments: ElementType.allCases)
  func finite(type: ElementType) throws {
    let model = try Support.tinyModel().model.converted(to: type)
    let index = try #require(model.tensors.firstIndex { $0.info.shape.rank > 1 })
    let info = model.tensors[index].info
    var bad = model
    bad.tensors[index].data = try AlignedBytes(count: info.byteCount)
    for i in 0..<info.byteCount { bad.tensors[index].data.mutableBytes[i] = type == .int8 ? 0x80 : 0xFF }
    #expect(throws: FormatError.self) { try bad.encoded() }
    // The same file with the bytes of one element replaced and its checksum put right.
    var bytes = try model.encoded(packing: .stored)
    let good = withExtendedLifetime(model) { [UInt8](model.tensors[index].data.bytes) }
    let place = try #require(bytes.firstRange(of: good)?.lowerBound)
    for i in (place + good.count - type.width)..<(place + good.count) {
      bytes[i] = type == .int8 ? 0x80 : 0xFF
    }
    do {
      _ = try ModelFile(bytes: Support.repaired(bytes)).loadModel()
      Issue.record("accepted")
    } catch {
      #expect(error.code == .weights, "\(error)")
      #expect(error.offset == UInt64(place))
    }
  }
}
