// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "label-faces",
  // A program of your own says where its checkout of ferm is.
  dependencies: [.package(name: "ferm", path: "../../..")],
  targets: [
    .executableTarget(
      name: "label-faces",
      dependencies: [
        .product(name: "FermFormat", package: "ferm"), .product(name: "FermImage", package: "ferm"),
        .product(name: "FermRuntime", package: "ferm"),
      ])
  ])
