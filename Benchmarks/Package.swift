// swift-tools-version: 6.2
import PackageDescription

// A package of its own: it drives the built programs from outside, as a visitor would, beside peers that nobody here wrote.
// What has to be measured inside a process is the house's own program `bench` (Sources/Bench).
let package = Package(
    name: "Benchmarks",
    targets: [
        .executableTarget(
            name: "benchmarks", path: "Sources/Benchmarks",
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)])
    ]
)
