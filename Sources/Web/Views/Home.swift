internal import Kernel
package import Templates

/// A citizen's home: her documents, what awaits her, services, and who used her data.
package struct HomeView: PageView {
    package static let template = "home"
    package var firstName: String
    /// In the order of the stack, the whole one last.
    package var documents: [Cover]
    package var awaiting: [RowView]
    package var accessesToday: Int
    package var accessesAll: Int

    package init(firstName: String, documents: [Cover], awaiting: [RowView], accessesToday: Int, accessesAll: Int) {
        self.firstName = firstName
        self.documents = documents
        self.awaiting = awaiting
        self.accessesToday = accessesToday
        self.accessesAll = accessesAll
    }

    package var frame: Frame { .wide }
    package var tab: Tab? { .home }
    package func title(_ words: Words) -> String { words("tab.home") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let hour = words.zone.civil(at: words.now).hour
        let greeting = words(hour < 5 || hour >= 19 ? "home.evening" : hour < 12 ? "home.morning" : "home.afternoon", ["name": firstName])
        let stale = documents.count { $0.standing.shape == .square }
        let needed = awaiting.count { $0.shape == .diamond }
        let first: String? = documents.isEmpty ? nil : stale == 0 ? words("home.inOrder") : words.count("home.stale", stale)
        let second = needed == 0 ? words("home.nothingWaits") : words.count("home.waits", needed)
        let data = RowView(
            title: words("access.title"),
            meta: accessesToday == 0 ? words.count("home.accesses", accessesAll) : words.count("home.accessesToday", accessesToday),
            shape: .ball, address: Address.myData)
        return [
            "greeting": greeting, "lead": [first, second].compactMap { $0 }.joined(separator: " "),
            "covers": Cover.stack(documents, words, drawing), "hasDocuments": !documents.isEmpty, "services": Address.services,
            "awaiting": awaiting.map { $0.fields(words) }, "hasAwaiting": !awaiting.isEmpty, "data": [data.fields(words)],
        ]
    }
}
