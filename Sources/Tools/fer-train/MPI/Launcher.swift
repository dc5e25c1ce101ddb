import Glibc

/// What a launcher such as mpirun or srun says of this process: that it is one of several which train together.
struct Launcher: Sendable {
  /// The place of this process among all, from 0.
  let rank: Int
  /// How many were started.
  let count: Int

  /// What the environment says; nil where no launcher of MPI's has started the program.
  static let current = Launcher(environment: variable)

  /// Reads the variables of OpenMPI's mpirun, of MPICH's and Intel's, and of Slurm's srun.
  ///
  /// A batch script of Slurm's has the variables of its job too, but those of a process manager (PMI, PMIx) are srun's alone.
  init?(environment: (String) -> String?) {
    func number(_ names: [String]) -> Int? {
      names.lazy.compactMap(environment).compactMap { Int($0) }.first { $0 >= 0 }
    }
    guard let rank = number(["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"]),
      let count = number(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"]),
      rank < count
    else { return nil }
    (self.rank, self.count) = (rank, count)
  }

  /// A variable of the environment.
  static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Whether this process speaks for all: it writes the run's folder, and tells how it goes.
  static var isFirst: Bool { (current?.rank ?? 0) == 0 }

  /// Whether this process speaks for those on its machine, as long as they cannot reach the first one.
  static var isFirstHere: Bool {
    let names = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"]
    return isFirst || names.lazy.compactMap(variable).first == "0"
  }

  /// Whether others train beside it.
  static var hasOthers: Bool { (current?.count ?? 1) > 1 }
}
