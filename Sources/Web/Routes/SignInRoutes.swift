internal import Foundation
internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Registry
internal import StateFolder

extension Route {
    /// Demo sign-in: a made-up person, officer or overseer is chosen. It does not exist in `mode: live`.
    static let signIn: [Route] = [
        .get("/sign-in", .everyone, demoOnly: true) { visit in .page(try visit.portal.signInPage(visit)) },
        .post("/sign-in", .everyone, [SignInAsPerson.action], demoOnly: true) { visit in
            try await visit.portal.signIn(visit)
        },
        .post("/sign-out", .everyone) { visit in
            _ = try await visit.form()
            if let session = visit.session {
                try await visit.portal.sessions.end(session)
                await visit.portal.platform.note(.signOut, at: "/sign-out", as: session.principal)
            }
            return .signedOut(to: Address.home)
        },
    ]
}

extension Portal {
    /// The page lists the people that the state folder names for its demo; anybody else is found by the exact number alone, so
    /// that looking at the page reads nobody's data.
    fileprivate func signInPage(_ visit: Visit) throws -> SignInView {
        let query = try visit.search()
        let all = state.demoPeople.map { person in
            SignInView.Person(id: person.key, name: person.name, detail: "\(person.key) · \(person.about[visit.language])")
        }
        var shown = query.isEmpty ? all : all.filter { $0.name.localizedCaseInsensitiveContains(query) || $0.id.hasSameBytes(as: query) }
        if shown.isEmpty, !query.isEmpty { shown = [SignInView.Person(id: query, name: query, detail: "")] }
        return SignInView(
            people: shown, query: query, total: shown.count, officers: officers(overseeing: false, visit.language),
            overseers: officers(overseeing: true, visit.language), next: Address.local(visit.query("next")))
    }

    private func officers(overseeing: Bool, _ language: String) -> [SignInView.Person] {
        state.bodies.filter { $0.oversees == overseeing }.flatMap { body in
            body.officers.map { officer in
                let role = body.roles.first { $0.id == officer.role }?.names[language] ?? officer.role
                return SignInView.Person(id: officer.id, name: officer.name, detail: "\(role), \(body.names[language])")
            }
        }
    }

    fileprivate func signIn(_ visit: Visit) async throws -> Reply {
        let form = try await visit.form()
        try visit.traffic.quotas.takeSignIn(at: visit.now)
        // A new sign-in never inherits the old session.
        if let old = visit.session { try await sessions.end(old) }
        let identified: Identified
        let home: String
        if let officer = form.word("officer") ?? form.word("overseer") {
            identified = try await platform.perform(SignInAsOfficer(id: officer, bodies: state.bodies), as: SystemPrincipals.signIn)
            home = form.word("overseer") == nil ? Address.work : Address.oversight
        } else {
            let people = try registers[Registers.personRegister]
            identified = try await platform.perform(
                SignInAsPerson(key: form.word("person") ?? "", people: people, nameFields: people.definition.title),
                as: SystemPrincipals.signIn)
            await settled(identified.id, visit)
            home = Address.home
        }
        let (token, _) = try await sessions.begin(identified)
        return .signedIn(token: token, to: form.next(else: home))
    }
}
