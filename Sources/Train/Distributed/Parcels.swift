internal import FermFormat

/// Sends tensors to be summed over a group's processes as soon as they are there: large ones by themselves, from where they
/// lie, small ones together, since each message costs time of its own.
///
/// What goes together depends on the tensors' sizes alone, and a sum is elementwise: neither order nor packing shows in it.
final class Parcels {
  /// The elements from which a tensor goes by itself, and of which a parcel has no more: 64 KiB.
  private static let size = 1 << 14

  private struct Parcel {
    var members: [Int] = []
    var count = 0
    /// Where small ones lie together.
    var packed: Tensor?
    var missing = 0
  }

  private let tensors: [Tensor]
  private let group: any ProcessGroup
  private let wire: WireFormat
  private var parcels: [Parcel] = []
  /// The parcel of each tensor.
  private var places: [Int]

  /// - Parameter tensors: in the order in which the network uses them; their last is there first.
  init(_ tensors: [Tensor], _ group: any ProcessGroup, as wire: WireFormat) {
    self.tensors = tensors
    self.group = group
    self.wire = wire
    places = [Int](repeating: 0, count: tensors.count)
    var open: Int?
    for i in tensors.indices.reversed() {
      let isLarge = tensors[i].count >= Self.size
      if let place = open, !isLarge, parcels[place].count + tensors[i].count <= Self.size {
        places[i] = place
      } else {
        places[i] = parcels.count
        if !isLarge { open = parcels.count }
        parcels.append(Parcel())
      }
      parcels[places[i]].members.append(i)
      parcels[places[i]].count += tensors[i].count
    }
    for i in parcels.indices where parcels[i].members.count > 1 {
      parcels[i].packed = Tensor(unfilled: Shape(parcels[i].count))
    }
  }

  /// Begins another round.
  func restart() { for i in parcels.indices { parcels[i].missing = parcels[i].members.count } }

  /// Takes a tensor as it is to be summed; nobody touches it before ``unpack()``.
  func add(_ tensor: Int) {
    let place = places[tensor]
    parcels[place].missing -= 1
    guard parcels[place].missing == 0 else { return }
    let parcel = parcels[place]
    guard let packed = parcel.packed else { return group.beginSum(tensors[tensor], as: wire) }
    packed.withMutableSpan { packed in
      var first = 0
      for member in parcel.members {
        tensors[member].withSpan { from in for i in from.indices { packed[first + i] = from[i] } }
        first += tensors[member].count
      }
    }
    group.beginSum(packed, as: wire)
  }

  /// Puts the sums where the tensors are, once the group has finished them.
  func unpack() {
    for parcel in parcels {
      parcel.packed?.withSpan { packed in
        var first = 0
        for member in parcel.members {
          tensors[member].withMutableSpan { to in for i in to.indices { to[i] = packed[first + i] } }
          first += tensors[member].count
        }
      }
    }
  }
}
