// swift-tools-version: 6.2
// A package of its own, so that the libraries are built and used here as any other project uses them.

import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "ferm", path: "..")],
  targets: [
    .target(name: "MachinePeak"),
    .executableTarget(
      name: "ferm-bench",
      dependencies: [
        "MachinePeak",
        .product(name: "FermFormat", package: "ferm"),
        .product(name: "FermRuntime", package: "ferm"),
        .product(name: "FermTrain", package: "ferm"),
        .product(name: "FermToolSupport", package: "ferm"),
      ]),
  ])
