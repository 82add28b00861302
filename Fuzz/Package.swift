// swift-tools-version: 6.2
import PackageDescription

// A package of its own: every target is built again with the fuzzer's counters in it. `package` declarations are seen inside one package
// alone, so that the house's targets are here by symbolic links. See `Fuzz/run`.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"), .enableUpcomingFeature("ImmutableWeakCaptures"), .treatAllWarnings(as: .error),
    // Optimised, for speed, with the checks of a debug build.
    .unsafeFlags(["-sanitize=fuzzer", "-assert-config", "Debug"]), .define("COUNTED"),
]
let package = Package(
    name: "Fuzz",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
    targets: [
        .target(name: "Kernel", swiftSettings: settings),
        .target(name: "Credentials", dependencies: ["Kernel"], swiftSettings: settings),
        .target(name: "Definitions", dependencies: ["Kernel", .product(name: "Yams", package: "Yams")], swiftSettings: settings),
        .target(name: "Messages", dependencies: ["Kernel"], swiftSettings: settings),
        .target(name: "FEEL", dependencies: ["Kernel"], swiftSettings: settings),
        .target(name: "Schemas", dependencies: ["Kernel"], swiftSettings: settings),
        .target(name: "Templates", swiftSettings: settings),
        .target(name: "Decisions", dependencies: ["Kernel", "Definitions", "FEEL", "Templates"], swiftSettings: settings),
        .target(name: "Processes", dependencies: ["Kernel", "Definitions", "FEEL"], swiftSettings: settings),
        .target(
            name: "Fuzzing", dependencies: ["Kernel", "Credentials", "Definitions", "FEEL", "Messages", "Schemas", "Decisions", "Processes"],
            swiftSettings: settings),
        .target(name: "Driver"),
        .executableTarget(
            name: "fuzz", dependencies: ["Fuzzing", "Driver"], swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
)
