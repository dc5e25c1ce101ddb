/// The names of a checkpoint's tensors without what wrappers of a network put into them.
///
/// `torch.compile` puts `_orig_mod.` before every name, data parallelism `module.`, averaging and training frameworks
/// `model.` and the like; in any order, and one around the other.
enum TensorNames {
  /// Parts that no network of one's own has: they go wherever they stand.
  private static let reserved: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]
  /// Parts that go where every name begins with them.
  private static let wrappers: Set<Substring> = [
    "module", "model", "net", "network", "state_dict", "ema", "ema_model", "averaged_model",
  ]

  /// The plain names, in the same order.
  static func plain(_ names: [String]) -> [String] {
    var parts = names.map { name in
      name.split(separator: ".", omittingEmptySubsequences: false).filter { !reserved.contains($0) }[...]
    }
    while let first = parts.first?.first, wrappers.contains(first),
      parts.allSatisfy({ $0.count > 1 && $0.first == first })
    {
      for index in parts.indices { parts[index].removeFirst() }
    }
    return parts.map { $0.joined(separator: ".") }
  }
}
