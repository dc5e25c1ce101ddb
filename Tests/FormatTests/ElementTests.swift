import FermFormat
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
}
