// swift-tools-version: 6.2
//
// The arrows point one way: Format <- Runtime <- Train <- fer-train, and
// Format <- Runtime <- fer-infer, fer-inspect. docs/architecture.md says why.

import PackageDescription

/// FERM_EMBEDDED=1 builds Format and Runtime as Embedded Swift, which needs no Swift library at run time.
let embedded = Context.environment["FERM_EMBEDDED"] != nil

let common: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// FERM_FUZZ=1 offers the fuzz targets in place of the tests; scripts/fuzz.sh does it.
let fuzzing = Context.environment["FERM_FUZZ"] != nil

/// Settings of the two modules that read strangers' files inside somebody's program.
let core: [SwiftSetting] =
  common + [.strictMemorySafety()]
  + (embedded
    ? [
      .enableExperimentalFeature("Embedded"),
      // One section a function lets the linker leave out what the library does not use.
      .unsafeFlags(["-wmo", "-Osize", "-Xfrontend", "-function-sections"]),
    ] : [])

/// The file format: bytes <-> Model.
let format: [Target] = [
  .target(name: "FermSystem", path: "Sources/Format/System"),
  .systemLibrary(name: "CZlib", path: "Sources/Format/Zlib", providers: [.apt(["zlib1g-dev"])]),
  .target(
    name: "FermFormat", dependencies: ["FermSystem", "CZlib"], path: "Sources/Format",
    exclude: ["System", "Zlib", "Files"], swiftSettings: core),
]

/// Paths, folders and files as programs meet them: what the trainer and the tools share, and the library does without.
let files: [Target] = [
  .target(
    name: "FermFiles", dependencies: ["FermSystem"], path: "Sources/Format/Files", swiftSettings: common)
]

/// The runtime: Model -> Plan -> predictions.
let runtime: [Target] = [
  .target(
    name: "FermKernels", path: "Sources/Runtime/Kernels", exclude: ["Training"],
    // The library does without what only tests ask for.
    cSettings: embedded ? [.define("FERM_EMBEDDED")] : []),
  .target(name: "CFerm", path: "Sources/Runtime/Library/CFerm"),
  .target(
    name: "FermRuntime", dependencies: ["FermFormat", "FermKernels", "FermSystem", "CFerm"],
    path: "Sources/Runtime", exclude: ["Kernels", "Library/CFerm"], swiftSettings: core,
    // Square roots and rounding; a program with Foundation has libm anyhow.
    linkerSettings: [.linkedLibrary("m")]),
]

/// The trainer: autograd, networks, data.
let train: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", path: "Sources/Train/OpenBLAS", providers: [.apt(["libopenblas-dev"])]),
  // The kernels that only training needs, made from the same templates; the library does without.
  .target(name: "FermTrainKernels", dependencies: ["FermKernels"], path: "Sources/Runtime/Kernels/Training"),
  .target(
    name: "FermTrain",
    dependencies: [
      "FermFormat", "FermFiles", "FermRuntime", "FermSystem", "FermKernels", "FermTrainKernels", "COpenBLAS",
    ],
    path: "Sources/Train", exclude: ["OpenBLAS"],
    // A rule's slice of a parameter is made of spans.
    swiftSettings: common + [.strictMemorySafety(), .enableExperimentalFeature("Lifetimes")]),
]

/// The command-line tools, and what they share.
let tools: [Target] = [
  .target(
    name: "FermImageShim", path: "Sources/Tools/Image/Shim",
    linkerSettings: ["jpeg", "png16", "webp", "webpdemux"].map { .linkedLibrary($0) }),
  .target(
    name: "FermImage", dependencies: ["FermImageShim"], path: "Sources/Tools/Image", exclude: ["Shim"],
    swiftSettings: common + [.strictMemorySafety()]),
  // cairo and Pango are loaded when something is drawn, not linked.
  .target(name: "FermDrawingShim", path: "Sources/Tools/Drawing/Shim"),
  .target(
    name: "FermDrawing", dependencies: ["FermFiles", "FermImage", "FermDrawingShim"],
    path: "Sources/Tools/Drawing",
    exclude: ["Shim"], swiftSettings: common + [.strictMemorySafety()]),
  .target(name: "FermToolStart", path: "Sources/Tools/Support/Start"),
  .target(
    name: "FermToolSupport", dependencies: ["FermFiles", "FermToolStart", "CFerm"],
    path: "Sources/Tools/Support",
    exclude: ["Start"], swiftSettings: common),
  .executableTarget(
    name: "fer-train",
    dependencies: [
      "FermFormat", "FermFiles", "FermRuntime", "FermTrain", "FermImage", "FermDrawing", "FermToolSupport",
    ],
    path: "Sources/Tools/fer-train", swiftSettings: common),
  .executableTarget(
    name: "fer-infer",
    dependencies: ["FermFormat", "FermFiles", "FermRuntime", "FermImage", "FermDrawing", "FermToolSupport"],
    path: "Sources/Tools/fer-infer", swiftSettings: common),
  .executableTarget(
    name: "fer-inspect", dependencies: ["FermFormat", "FermFiles", "FermRuntime", "FermToolSupport"],
    path: "Sources/Tools/fer-inspect",
    swiftSettings: common),
]

/// What tests and fuzz targets share.
let support: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["FermFormat", "FermRuntime", "FermTrain"], path: "Tests/Support")
]

let tests: [Target] = [
  .testTarget(
    name: "FormatTests", dependencies: ["FermFormat", "FermFiles", "FermTrain", "TestSupport"],
    path: "Tests/FormatTests"),
  .testTarget(
    name: "RuntimeTests", dependencies: ["FermFormat", "FermRuntime", "FermTrain", "TestSupport"],
    path: "Tests/RuntimeTests"),
  .testTarget(
    name: "TrainTests",
    dependencies: ["FermFormat", "FermFiles", "FermRuntime", "FermTrain", "FermImage", "TestSupport"],
    path: "Tests/TrainTests"),
  .testTarget(
    name: "ImageTests", dependencies: ["FermImage"], path: "Tests/ImageTests", exclude: ["Fixtures"]),
  .testTarget(name: "DrawingTests", dependencies: ["FermDrawing", "FermImage"], path: "Tests/DrawingTests"),
  .testTarget(
    name: "ToolTests",
    dependencies: [
      "FermFormat", "FermFiles", "FermRuntime", "FermImage", "FermToolSupport", "TestSupport", "fer-train",
      "fer-infer",
      "fer-inspect",
    ], path: "Tests/ToolTests"),
]

/// The fuzz targets: libFuzzer brings `main`.
let fuzz: [Target] = [
  .target(name: "FermFuzzSystem", path: "Tests/Fuzz/System"),
  .executableTarget(
    name: "ferm-fuzz",
    dependencies: ["FermFormat", "FermRuntime", "FermTrain", "FermFuzzSystem", "TestSupport"],
    path: "Tests/Fuzz", exclude: ["System", "seeds", "differential.py", "networks.py"],
    swiftSettings: common + [.unsafeFlags(["-parse-as-library"])]),
]

let package = Package(
  name: "ferm",
  products: [
    .library(name: "FermFormat", targets: ["FermFormat"]),
    .library(name: "FermRuntime", targets: ["FermRuntime"]),
  ]
    + (embedded
      ? []
      : [
        .library(name: "FermImage", targets: ["FermImage"]),
        .library(name: "FermTrain", targets: ["FermTrain"]),
        .library(name: "FermToolSupport", targets: ["FermToolSupport"]),
      ]),
  targets: embedded
    ? format + runtime : format + files + runtime + train + tools + support + (fuzzing ? fuzz : tests)
)
