// swift-tools-version: 6.2
import PackageDescription

// Two manifests in one file. With DOVIRA_BROWSER set it holds the pure targets of the browser core alone, in Embedded
// Swift for a machine without an operating system, and no outside package; otherwise it is the whole house.
let isBrowserBuild = Context.environment["DOVIRA_BROWSER"] != nil

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

// MARK: - The house, floor by floor (imports go downward only)

let outside: [Package.Dependency] = [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
]

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let cellar: [Target] = [
    .target(name: "Kernel"),
    .target(name: "Credentials", dependencies: ["Kernel"]),
    .target(name: "Definitions", dependencies: ["Kernel", yams]),
    .target(name: "Population", dependencies: ["Kernel"]),
    // Strangers' messages: forms, queries, header fields.
    .target(name: "Messages", dependencies: ["Kernel"]),
]
let engines: [Target] = [
    .target(name: "FEEL", dependencies: ["Kernel"]),
    .target(name: "Schemas", dependencies: ["Kernel"]),
    .target(name: "Templates"),
    .target(name: "Decisions", dependencies: ["Kernel", "Definitions", "FEEL", "Templates"]),
    .target(name: "Processes", dependencies: ["Kernel", "Definitions", "FEEL"]),
]
let memory: [Target] = [
    .target(name: "Storage", dependencies: ["Kernel", grdb]),
    .target(name: "Audit", dependencies: ["Kernel", "Storage", crypto]),
]
let gate: [Target] = [
    .target(name: "StateFolder", dependencies: ["Kernel", "Definitions", "FEEL", "Schemas", "Decisions", "Processes"]),
    .target(name: "Gate", dependencies: ["Kernel", "FEEL", "StateFolder", "Storage", "Audit"]),
]
let rooms: [Target] = [
    .target(name: "Registry", dependencies: ["Kernel", "StateFolder", "Schemas", "Definitions", "Storage", "Audit", "Gate"]),
    .target(name: "Oversight", dependencies: ["Kernel", "Storage", "Audit", "Gate"]),
    .target(name: "Identity", dependencies: ["Kernel", "StateFolder", "Storage", "Audit", "Gate", "Registry"]),
    .target(name: "Issuance", dependencies: ["Kernel", "Credentials", "StateFolder", "FEEL", "Storage", "Audit", "Gate", "Registry", crypto]),
    .target(
        name: "Services",
        dependencies: [
            "Kernel", "FEEL", "Schemas", "Decisions", "Processes", "StateFolder", "Storage", "Audit", "Gate", "Registry", "Issuance",
        ]),
]
let doors: [Target] = [
    .target(
        name: "Web",
        dependencies: [
            "Kernel", "Credentials", "FEEL", "Messages", "StateFolder", "Storage", "Audit", "Gate", "Registry", "Identity", "Issuance",
            "Services", "Oversight", "Schemas", "Decisions", "Templates", "CZlib", hummingbird, hummingbirdTLS, httpTypes, crypto, logging, lifecycle, nioSSL,
            nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1,
        ],
        resources: [.copy("Assets"), .copy("Templates"), .copy("Texts")]),
    .target(
        name: "Wiring",
        dependencies: [
            "Kernel", "Definitions", "FEEL", "Schemas", "StateFolder", "Storage", "Audit", "Gate", "Registry", "Identity", "Issuance",
            "Services", "Web", crypto,
        ]),
    .executableTarget(
        name: "dovira",
        dependencies: [
            "Kernel", "Credentials", "Definitions", "Population", "FEEL", "Decisions", "StateFolder", "Storage", "Audit", "Gate", "Web", "Wiring",
            arguments, logging, lifecycle, signals,
        ]),
    .executableTarget(
        name: "conformance", dependencies: ["Kernel", "Schemas", "HouseTesting"],
        path: "Sources/Conformance"),
]
let support: [Target] = [
    .target(name: "HouseTesting", dependencies: ["Kernel", "Definitions", "FEEL", "Decisions", "Templates", "Storage"]),
    // What the fuzzers (`Fuzz/run`) and the tests of their kept inputs ask of every reader of foreign bytes.
    .target(name: "Fuzzing", dependencies: ["Kernel", "Credentials", "Definitions", "FEEL", "Messages", "Schemas", "Decisions", "Processes"]),
    // An example state, open for one test.
    .target(
        name: "StateTesting",
        dependencies: [
            "Kernel", "HouseTesting", "Definitions", "StateFolder", "Storage", "Audit", "Gate", "Registry", "Identity", "Issuance",
            "Services", "Web", "Wiring",
        ]),
    // A process of its own for the store's fault tests: killed, traced, starved of disk.
    .executableTarget(name: "StorageProbe", dependencies: ["Kernel", "Storage"]),
    // Debian's zlib (`zlib1g-dev`).
    .systemLibrary(name: "CZlib"),
    // A `malloc` that counts, for the program that measures.
    .target(name: "CCounting"),
    // What `Benchmarks/run` measures inside a process.
    .executableTarget(
        name: "bench",
        dependencies: [
            "Kernel", "Credentials", "Definitions", "FEEL", "Schemas", "Decisions", "StateFolder", "Storage", "Audit", "Gate", "Registry", "Identity",
            "Issuance", "Services", "Wiring", "CCounting", crypto,
        ], path: "Sources/Bench"),
]

/// A test target, named after the target it tests.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["HouseTesting", "Kernel"], exclude: exclude, resources: resources)
}
let testing: [Target] = [
    tests("KernelTests", [crypto], exclude: ["Vectors", "Notes/Vectors"]),
    tests("CredentialsTests", ["Credentials", crypto], exclude: ["Vectors"]),
    tests("DefinitionsTests", ["Definitions"]),
    tests("MessagesTests", ["Messages"]),
    tests("PopulationTests", ["Population"]),
    tests("FEELTests", ["FEEL"]),
    tests("SchemasTests", ["Schemas"]),
    tests("TemplatesTests", ["Templates"]),
    tests("DecisionsTests", ["Decisions", "Definitions", "FEEL", "Templates"], exclude: ["Cases", "Snapshots"]),
    tests("ProcessesTests", ["Processes", "Definitions", "FEEL"]),
    tests("FuzzingTests", ["Fuzzing"]),
    tests("StorageTests", ["Storage", "StorageProbe"]),
    tests("AuditTests", ["Audit", "Storage", crypto]),
    tests("BrowserCoreTests", ["Credentials", crypto], exclude: ["Vectors"]),
    tests("StateFolderTests", ["StateFolder", "Definitions", "FEEL"]),
    tests("GateTests", ["Gate", "Audit", "Storage", "StateFolder", "Definitions", "FEEL"]),
    tests("RegistryTests", ["Registry", "Audit", "Gate", "Identity", "Storage", "StateFolder", "StateTesting", "Wiring", "Web"]),
    tests("IdentityTests", ["Identity", "Registry", "Gate", "Storage", "StateFolder", "StateTesting", "Web", "Wiring"]),
    tests(
        "IssuanceTests",
        ["Issuance", "Credentials", "Registry", "Identity", "Gate", "Storage", "Audit", "StateFolder", "StateTesting", "Web", "Wiring", crypto]),
    tests(
        "ServicesTests",
        ["Services", "Issuance", "Identity", "Registry", "Gate", "Storage", "Audit", "StateFolder", "StateTesting", "Web", "Wiring"]),
    tests("OversightTests", ["Oversight", "Audit", "Services", "Gate", "Storage", "StateTesting", "Web", "Wiring"]),
    tests("WiringTests", ["Wiring", "dovira", "Web", "StateTesting", "Storage", "Audit", "Credentials", "Definitions", "FEEL", "Issuance", "StateFolder", crypto]),
    tests(
        "WebTests",
        [
            "Web", "Credentials", "Messages", "Templates", "Decisions", "Definitions", "Gate", "Identity", "Registry", "Services", "StateFolder", "StateTesting", "Storage", "Wiring", nioEmbedded, nioCore,
            nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, httpTypes, hummingbird, logging,
        ], exclude: ["Snapshots"]),
    tests("HouseTests", ["StateFolder", "Definitions", "Gate", "Registry", "Audit", "Web", "Wiring", "Storage"]),
]

// MARK: - The browser core (README: what the browser runs)

let embedded: [SwiftSetting] = [
    .enableExperimentalFeature("Embedded"), .enableExperimentalFeature("Extern"),
    // For size: the module is loaded over a telephone's network.
    .unsafeFlags(["-wmo", "-Osize"]),
]
let browser: [Target] = [
    .target(name: "Kernel", swiftSettings: embedded),
    .target(name: "Credentials", dependencies: ["Kernel"], swiftSettings: embedded),
    // Not in the module yet; here so that it stays able to be.
    .target(name: "FEEL", dependencies: ["Kernel"], swiftSettings: embedded),
    .target(name: "BrowserRuntime", cSettings: [.unsafeFlags(["-ffreestanding", "-fno-builtin"])]),
    .executableTarget(
        name: "BrowserCore", dependencies: ["Kernel", "Credentials", "BrowserRuntime"], swiftSettings: embedded,
        linkerSettings: [.unsafeFlags(["-Xclang-linker", "-nostdlib", "-Xlinker", "--no-entry"])]),
]

let package = Package(
    name: "Dovira",
    products: isBrowserBuild ? [] : [.executable(name: "dovira", targets: ["dovira"])],
    dependencies: isBrowserBuild ? [] : outside,
    targets: isBrowserBuild ? browser : cellar + engines + memory + gate + rooms + doors + support + testing
)
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
