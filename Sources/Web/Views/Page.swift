internal import Foundation
internal import Kernel
package import Templates

/// A page as a value: everything that it says which its texts do not.
///
/// The strings of a view are in the page's language already; dates, numbers and amounts are values, and written out by the page.
package protocol PageView: Sendable {
    /// The name of its file in `Templates`.
    static var template: String { get }
    /// The title of the window, without the state's name and without "Error:".
    func title(_ words: Words) -> String
    func fields(_ words: Words, _ drawing: Drawing) -> Fields
    /// How wide the page is, and what stands beside it.
    var frame: Frame { get }
    /// The section whose tab is marked; nil leaves the tabs away.
    var tab: Tab? { get }
    /// Whether something has to be put right; then the title begins with "Error:".
    var hasFaults: Bool { get }
    /// The stylesheet of `Assets` that the page loads beside `dovira.css`, if any.
    var stylesheet: String? { get }
    /// The module of `Assets` that the page loads beside `page.js`, if any. Every page works without.
    var script: String? { get }
}

extension PageView {
    package var frame: Frame { .measure }
    package var tab: Tab? { nil }
    package var hasFaults: Bool { false }
    package var stylesheet: String? { nil }
    package var script: String? { nil }
}

package enum Frame: String, Sendable {
    /// Text: one column of 36 rem.
    case measure
    /// The home page: 76 rem.
    case wide
    /// A document or a result: 25 rem.
    case sheet
    /// An officer's or overseer's page: the side list and a pane.
    case workspace
}

package enum Tab: String, Sendable, CaseIterable { case home, documents, services, data }

/// Why the pages cannot be built. Each is found at start, never at a request.
package enum PagesFault: Error, Hashable, Sendable {
    case texts(String)
    case template(String)
    case asset(String)
    case colour(String)
    case emblem(String)
}

/// Turns views into HTML. Made once at start; a page's rendering cannot fail.
package struct Pages: Sendable {
    package let texts: Texts
    package let look: Look
    package let assets: Assets
    /// Language, then template.
    private let programs: [String: [String: Template]]
    private let patterns: LinePatternCache

    /// - Parameter secret: hides the numbers of documents in the addresses of their lines; a new one for every process will do.
    /// - Throws: `PagesFault` when a text file, template or asset of the bundle is missing or malformed.
    package init(look: Look, assets: Assets, texts: Texts, secret: [UInt8] = Randomness.system.bytes(32)) throws(PagesFault) {
        patterns = LinePatternCache(secret: secret)
        self.look = look
        self.assets = assets
        self.texts = texts
        guard texts.languages.contains(Words.fallback) else { throw .texts(Words.fallback) }
        do {
            let templates = try TemplateSet(Bundled.templates().mapValues { Array($0.utf8) }, rules: .strict(everywhere: ["chrome"]))
            var programs: [String: [String: Template]] = [:]
            for language in texts.languages {
                let constants = Pages.constants(Words(texts, language: language, now: Instant(milliseconds: 0), zone: .utc))
                for name in templates.names { programs[language, default: [:]][name] = try templates.compile(name, constants: constants) }
            }
            self.programs = programs
        } catch let fault as TemplateFault { throw .template(fault.description) } catch let fault as PagesFault { throw fault } catch { throw .template("\(error)") }
    }

    /// With the texts, templates and assets of this program's own bundle.
    package init(look: Look) throws(PagesFault) {
        try self.init(look: look, assets: Assets(look: look), texts: Bundled.texts())
    }

    /// The lines of a document as a file of their own; nil for a key that no page gave.
    package func lines(_ key: String) -> Markup? { patterns.file(key) }

    package func words(_ chrome: Chrome) -> Words { Words(texts, language: chrome.language, now: chrome.now, zone: chrome.zone) }

    /// What templates of a language know without being given it: `{{t.home.title}}`, `{{{icon.arrow}}}`.
    private static func constants(_ words: Words) -> Constants {
        Constants(groups: ["t", "icon"]) { path in
            let key = path.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1)
            guard key.count == 2, let rest = String(key[1]) else { return nil }
            return key[0].elementsEqual("t".utf8) ? words.text(rest).map { .text($0) } : Drawing.icon(rest).map { .markup($0) }
        }
    }

    /// The whole HTML document of a view, as UTF-8.
    package func bytes<View: PageView>(_ view: View, chrome: Chrome) -> [UInt8] {
        let words = words(chrome)
        guard let templates = programs[words.language], let template = templates[View.template], let box = templates[Box.template] else {
            preconditionFailure("there is no template \(View.template)")
        }
        var fields = view.fields(words, Drawing(look: look, stateName: chrome.stateName, patterns: patterns, box: box))
        fields["chrome"] = .fields(chromeFields(view, chrome, words))
        return template.render(fields)
    }

    /// The whole HTML document of a view.
    package func render(_ view: some PageView, chrome: Chrome) -> String { String(decoding: bytes(view, chrome: chrome), as: UTF8.self) }

    private func chromeFields(_ view: some PageView, _ chrome: Chrome, _ words: Words) -> Fields {
        let title = (view.hasFaults ? words("page.error") + " " : "") + view.title(words) + " – " + chrome.stateName
        let isCitizen = chrome.account?.kind == .citizen
        let tabs: [Fields] = view.tab == nil || !isCitizen ? [] : Tab.allCases.map { tab in
            ["title": words("tab.\(tab.rawValue)"), "address": address(tab), "current": tab == view.tab]
        }
        let workspace = view.frame == .workspace ? chrome.workspace : nil
        return [
            "language": words.language, "title": title, "state": chrome.stateName, "frame": view.frame.rawValue,
            "csrf": chrome.csrf, "path": chrome.path, "home": home(chrome),
            "stylesheet": assets.address("dovira.css"), "theme": assets.address("theme.css"),
            "styles": [view.stylesheet].compactMap { $0 }.map(assets.address), "font": assets.address("inter.woff2"),
            "icon": assets.address("emblem.svg"),
            "scripts": ["page.js", view.script].compactMap { $0 }.map(assets.address),
            "emblem": look.emblem.twoTone,
            "languageShort": words("language.short"),
            "languages": chrome.languages.map { code -> Fields in
                let own = Words(texts, language: code, now: chrome.now, zone: chrome.zone)
                return ["code": code, "name": own("language.name"), "address": Address.language(code, back: chrome.path), "current": code == words.language]
            },
            "tabs": tabs, "hasTabs": !tabs.isEmpty,
            "account": chrome.account.map { account -> Fields in
                ["name": account.name, "initials": account.initials, "detail": account.detail, "beside": account.kind != .citizen]
            },
            "signedOut": chrome.account == nil, "oversees": chrome.account == nil || chrome.account?.kind == .overseer,
            "workspace": workspace.map { workspace -> Fields in
                [
                    "body": workspace.body, "room": workspace.room,
                    "items": workspace.items.map { ["title": $0.title, "count": $0.count.map(words.number), "address": $0.address, "current": $0.isCurrent] as Fields },
                ]
            },
            "notices": chrome.notices.map { notice -> Fields in
                switch notice {
                case .demo: ["text": words("notice.demo"), "urgent": false, "mark": Drawing.shape(.ring)]
                case .plainAddress: ["text": words("notice.plainAddress"), "urgent": false, "mark": Drawing.shape(.diamond)]
                case .readOnly: ["text": words("notice.readOnly"), "urgent": true, "mark": Drawing.shape(.square)]
                }
            },
        ]
    }

    private func address(_ tab: Tab) -> String {
        switch tab {
        case .home: Address.home
        case .documents: Address.documents
        case .services: Address.services
        case .data: Address.myData
        }
    }

    private func home(_ chrome: Chrome) -> String {
        switch chrome.account?.kind {
        case .officer: Address.work
        case .overseer: Address.oversight
        case .citizen, nil: Address.home
        }
    }
}

/// What the program carries in its bundle.
package enum Bundled {
    package static func texts() throws(PagesFault) -> Texts {
        var files: [String: Data] = [:]
        for url in try contents("Texts", "json") {
            guard let data = try? Data(contentsOf: url) else { throw .texts(url.lastPathComponent) }
            files[url.deletingPathExtension().lastPathComponent] = data
        }
        return try Texts(files: files)
    }

    /// Template name → its text.
    package static func templates() throws(PagesFault) -> [String: String] {
        var templates: [String: String] = [:]
        for url in try contents("Templates", "mustache") {
            guard let text = try? String(contentsOf: url, encoding: .utf8) else { throw .template(url.lastPathComponent) }
            templates[url.deletingPathExtension().lastPathComponent] = text
        }
        return templates
    }

    static func asset(_ name: String) throws(PagesFault) -> [UInt8] {
        guard let root = Bundle.module.resourceURL, let data = try? Data(contentsOf: root.appendingPathComponent("Assets/\(name)")) else {
            throw .asset(name)
        }
        return [UInt8](data)
    }

    /// The paths of all files under `Assets`, relative to it.
    static func assetNames() throws(PagesFault) -> [String] {
        guard let root = Bundle.module.resourceURL?.appendingPathComponent("Assets"),
            let names = try? FileManager.default.subpathsOfDirectory(atPath: root.path)
        else { throw .asset("Assets") }
        return names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: root.appendingPathComponent(name).path, isDirectory: &isFolder) && !isFolder.boolValue
        }.sorted()
    }

    private static func contents(_ folder: String, _ ending: String) throws(PagesFault) -> [URL] {
        guard let root = Bundle.module.resourceURL?.appendingPathComponent(folder),
            let urls = try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)
        else { throw .template(folder) }
        return urls.filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
    }
}
