import FermFiles
import FermFormat
import FermToolSupport

/// What differs between two models, a printable line each; empty when they say and compute the same. How the bytes are packed
/// does not count.
func differences(_ old: ModelFile, _ new: ModelFile) throws(FormatError) -> [String] {
  var lines: [String] = []
  lines += changes(from: comparable(old), to: comparable(new))
  lines += outputDifferences(old, new)
  lines += graphDifferences(old, new)
  return (lines + (try tensorDifferences(old, new))).map { $0.printable }
}

/// What two lists of keys and values do not have in common.
private func changes(from before: [(String, String)], to after: [(String, String)]) -> [String] {
  var lines: [String] = []
  let (oldValues, newValues) = (
    Dictionary(uniqueKeysWithValues: before), Dictionary(uniqueKeysWithValues: after)
  )
  for (key, value) in before {
    // By bytes: two texts that Unicode takes for equal are two texts.
    guard let now = newValues[key] else {
      lines.append("\(key): \(value) -> absent")
      continue
    }
    if !now.utf8.elementsEqual(value.utf8) { lines.append("\(key): \(value) -> \(now)") }
  }
  for (key, value) in after where oldValues[key] == nil { lines.append("\(key): absent -> \(value)") }
  return lines
}

/// All that a file says but for graph, tensors and packing, as `key.key: value`.
private func comparable(_ file: ModelFile) -> [(String, String)] {
  guard case .object(let members) = jsonDump(of: file) else { return [] }
  var result: [(String, String)] = []
  func flatten(_ value: JSONValue, _ key: String) {
    if case .object(let members) = value {
      for member in members { flatten(member.value, key.isEmpty ? member.key : "\(key).\(member.key)") }
    } else {
      result.append((key, value.rendered()))
    }
  }
  for member in members
  where !["format", "chunks", "outputs", "graph", "tensors", "crop_rules"].contains(member.key) {
    flatten(member.value, member.key)
  }
  return result
}

/// Outputs and crop rules by name, and what readers must know.
private func outputDifferences(_ old: ModelFile, _ new: ModelFile) -> [String] {
  func listed(_ file: ModelFile) -> [(String, String)] {
    let count = file.graph.nodes.count
    // Places count from the end, so that they stay the same behind a node that was put in.
    let outputs = file.outputs.map { output in
      let words = file.words(for: output) {
        $0 == count ? "the last node" : "the node \(count - $0) before the last"
      }
      return ("output \(output.name)", words.joined(separator: "; "))
    }
    return outputs + [("outputs", file.outputs.map { $0.name }.joined(separator: ", "))]
      + file.cropRules.map { ("crop rule \($0.detector)", $0.words) } + [("needs", file.needs)]
  }
  return changes(from: listed(old), to: listed(new))
}

/// Nodes as lines, so that one more or less shows as just that.
private func graphDifferences(_ old: ModelFile, _ new: ModelFile) -> [String] {
  let (before, after) = (nodes(old), nodes(new))
  // Numbers compare faster than texts.
  var numbers: [String: Int] = [:]
  for node in before + after where numbers[node] == nil { numbers[node] = numbers.count }
  func numbered(_ nodes: [String]) -> [Int] { nodes.map { numbers[$0] ?? 0 } }
  return changes(from: numbered(before), to: numbered(after)).map { change in
    change.isNew
      ? "graph: + node \(change.place + 1): \(after[change.place])"
      : "graph: - node \(change.place + 1): \(before[change.place])"
  }
}

private func nodes(_ file: ModelFile) -> [String] {
  file.graph.nodes.indices.map { index in
    let node = file.graph.nodes[index]
    let attributes = node.attributes.map { name, value in
      switch value {
      case .integer(let number): "\(name)=\(number)"
      case .real(let number): "\(name)=\(number)"
      case .tensor(let tensor): "\(name)=\(tensor.map { file.tensors[$0].info.name } ?? "none")"
      }
    }
    // Places are relative, so that they stay the same behind a node that was put in.
    let inputs = node.inputs.map { $0 == 0 ? "input" : "\($0 - index - 1)" }
    return
      "\(node.operator.name) of \(inputs.joined(separator: ", ")) (\(attributes.joined(separator: ", ")))"
  }
}

/// What must go from one list and come into it to make the other, by place.
///
/// The fewest changes where that is quickly found. Two long lists with little in common would take time that grows with the
/// square of their changes; all that lies between their equal ends then counts as changed.
private func changes(from old: [Int], to new: [Int]) -> [(place: Int, isNew: Bool)] {
  let shorter = min(old.count, new.count)
  let start = (0..<shorter).first { old[$0] != new[$0] } ?? shorter
  let rest = shorter - start
  let end = (0..<rest).first { old[old.count - 1 - $0] != new[new.count - 1 - $0] } ?? rest
  let (gone, come) = (old[start..<(old.count - end)], new[start..<(new.count - end)])
  let list: [(place: Int, isNew: Bool)]
  if max(gone.count, come.count) > 1000 {
    list = gone.indices.map { ($0, false) } + come.indices.map { ($0, true) }
  } else {
    list = Array(come).difference(from: Array(gone)).map { change in
      switch change {
      case .remove(let offset, _, _): (start + offset, false)
      case .insert(let offset, _, _): (start + offset, true)
      }
    }
  }
  return list.sorted { ($0.place, $0.isNew ? 1 : 0) < ($1.place, $1.isNew ? 1 : 0) }
}

private func tensorDifferences(_ old: ModelFile, _ new: ModelFile) throws(FormatError) -> [String] {
  var lines: [String] = []
  var places: [String: Int] = [:]
  for (index, tensor) in new.tensors.enumerated() { places[tensor.info.name] = index }
  for (index, tensor) in old.tensors.enumerated() {
    let name = tensor.info.name
    guard let other = places.removeValue(forKey: name) else {
      lines.append("tensor \(name): only in the first file")
      continue
    }
    let info = new.tensors[other].info
    guard info.shape == tensor.info.shape else {
      lines.append("tensor \(name): shape \(tensor.info.shape.description) -> \(info.shape.description)")
      continue
    }
    if info.type != tensor.info.type {
      lines.append("tensor \(name): type \(tensor.info.type.name) -> \(info.type.name)")
    }
    let (a, b) = (try old.loadTensor(index).floats(), try new.loadTensor(other).floats())
    if let line = difference(a, b) { lines.append("tensor \(name): \(line)") }
  }
  for tensor in new.tensors where places[tensor.info.name] != nil {
    lines.append("tensor \(tensor.info.name): only in the second file")
  }
  return lines
}

/// How two tensors of one shape differ; nil when every element is the same.
private func difference(_ a: [Float], _ b: [Float]) -> String? {
  var (count, largest, peak) = (0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    peak = max(peak, Double(x.magnitude))
    guard x.bitPattern != y.bitPattern else { continue }
    count += 1
    largest = max(largest, (Double(x) - Double(y)).magnitude)
  }
  guard count > 0 else { return nil }
  let share = peak > 0 ? ", \(short(largest / peak)) of the largest element" : ""
  return "\(grouped(count)) of \(grouped(a.count)) elements differ by up to \(short(largest))\(share)"
}
