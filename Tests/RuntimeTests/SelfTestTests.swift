import FermFormat
import FermRuntime
import TestSupport
import Testing

@Suite("Self-tests")
struct SelfTestTests {
  @Test(
    "hold on every instruction set, through a file",
    arguments: InstructionSet.allCases.filter { $0.isAvailable })
  func hold(instructions: InstructionSet) throws {
    for model in [try Support.tinyModel().model, try EveryOperator().model()] {
      let file = try ModelFile(bytes: try model.withSelfTests().encoded())
      #expect(file.selfTests.count == 2)
      try Plan(try file.loadModel(), instructions: instructions).check(file.selfTests)
    }
  }

  @Test("find a changed weight")
  func changedWeight() throws {
    let tested = try Support.tinyModel().model.withSelfTests()
    var changed = tested
    let index = try #require(tested.tensors.firstIndex { $0.info.name == "lin2.weight" })
    var floats = tested.tensors[index].floats()
    floats[0] += 1
    changed.tensors[index] = try Model.Weight(
      name: "lin2.weight", shape: tested.tensors[index].info.shape, floats: floats)
    do {
      try Plan(changed).check(changed.selfTests)
      Issue.record("passed")
    } catch {
      #expect(error.code == .selfTest)
      #expect(error.message.contains("Self-test 1"))
    }
  }

  @Test("are the same whenever they are made")
  func reproducible() throws {
    let model = try Support.tinyModel().model
    #expect(try model.withSelfTests().selfTests == (try model.withSelfTests().selfTests))
  }
}
