internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

extension Tape {
  /// The sum of each plane of maps, `[N, padded channels]`.
  func planeSums(_ map: Map, _ kernels: KernelTable) -> Tensor {
    let sums = tensor(Shape(map.images, map.blocks * map.lanes))
    withMemory { memory in
      var task = unsafe ferm_plane_sums()
      unsafe task.images = Int32(map.images)
      unsafe task.blocks = Int32(map.blocks)
      unsafe task.pixels = Int32(map.pixels)
      unsafe task.x = memory.reading(map)
      unsafe task.sums = memory.writing(sums)
      unsafe run(&task, kernels.training.pointee.plane_sums)
    }
    return sums
  }
}
