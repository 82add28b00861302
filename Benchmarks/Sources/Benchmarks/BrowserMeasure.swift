import Foundation

/// Opens a page in headless Chromium that loads the core as the portal's pages do, checks a document many times, and says on its console
/// what one check took. Beside it: WebCrypto's own check of one signature.
func browserBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let core = Built.root + "/Sources/Web/Assets/core"
        let module = try Data(contentsOf: URL(fileURLWithPath: core + "/core.wasm"))
        let documents = try String(contentsOfFile: Built.root + "/Tests/BrowserCoreTests/Vectors/documents.json", encoding: .utf8)
        try FileManager.default.copyItem(atPath: core + "/core.js", toPath: folder + "/core.js")
        // A page from the disk may fetch nothing, so the bytes are in it.
        try """
            import { Core } from "./core.js";
            const documents = \(documents);
            const bytes = Uint8Array.from(atob("\(module.base64EncodedString())"), (c) => c.charCodeAt(0));
            const core = await Core.start(bytes);
            const item = documents.cases.find((one) => one.outcome === "valid");
            const time = async (rounds, body) => {
              for (let round = 0; round < 20; round += 1) await body();
              const start = performance.now();
              for (let round = 0; round < rounds; round += 1) await body();
              return (performance.now() - start) / rounds;
            };
            const check = await time(200, async () => {
              const verdict = await core.checkDocument(item.token, documents.trust, new Date(item.now));
              if (verdict.outcome !== "valid") throw new Error(verdict.outcome);
            });
            const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
            const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
            const signature = await crypto.subtle.sign(algorithm, pair.privateKey, bytes.slice(0, 1024));
            const bare = await time(200, () => crypto.subtle.verify(algorithm, pair.publicKey, signature, bytes.slice(0, 1024)));
            console.log("FIGURES " + JSON.stringify({ check, bare }) + " END");
            """.write(toFile: folder + "/page.js", atomically: false, encoding: .utf8)
        try "<!doctype html><meta charset=utf-8><script type=module src=page.js></script>"
            .write(toFile: folder + "/page.html", atomically: false, encoding: .utf8)
        let figures = try console(of: folder + "/page.html", profile: folder + "/profile")
        let zipped = try FileManager.default.attributesOfItem(atPath: core + "/core.wasm.gz")[.size] as? Int ?? 0
        return Line(
            ours: try figures.number("check"), unit: "ms for one document, signature included", baseline: try figures.number("bare"),
            baselineIs: "one ES256 check of WebCrypto", bar: "under 20 ms, and at most 150 kB compressed",
            beside: [("kilobytesCompressed", Double(zipped) / 1_000)])
    }
}

/// The figures that the page writes on its console.
private func console(of page: String, profile: String) throws -> Figures {
    let browser = Process()
    browser.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    browser.arguments = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(profile)", "--allow-file-access-from-files",
        "--enable-logging=stderr", "--v=0", "--remote-debugging-port=0", "file://\(page)",
    ]
    let log = Pipe()
    browser.standardError = log
    browser.standardOutput = FileHandle.nullDevice
    try browser.run()
    defer {
        browser.terminate()
        browser.waitUntilExit()
    }
    // The browser does not end by itself: whatever goes wrong, it is ended after a minute.
    DispatchQueue.global().asyncAfter(deadline: .now() + 60) { browser.terminate() }
    var text = ""
    while true {
        let data = log.fileHandleForReading.availableData
        guard !data.isEmpty else { throw Unfit("the page said nothing: \(text.suffix(400))") }
        text += String(decoding: data, as: UTF8.self)
        guard let match = text.firstMatch(of: /FIGURES (.*?) END/) else { continue }
        guard let object = try JSONSerialization.jsonObject(with: Data(match.1.utf8)) as? [String: Any] else {
            throw Unfit("the page's figures cannot be read: \(match.1)")
        }
        return Figures(members: object)
    }
}
