import Foundation
import Kernel
import Population
import Testing

@Suite("A synthetic population") struct PopulationTests {
    let asOf = CalendarDate("2026-07-01")!

    func people(_ count: Int, seed: UInt64 = 7) -> [Person] {
        SyntheticPeople(seed: seed, count: count, asOf: asOf).flatMap(\.people)
    }

    func age(_ person: Person) -> Int {
        let birth = person.birthDate
        return asOf.year - birth.year - ((asOf.month, asOf.day) < (birth.month, birth.day) ? 1 : 0)
    }

    @Test func `the same seed gives the same households, another seed gives others`() {
        let first = people(2_000)
        #expect(first == people(2_000))
        let other = people(2_000, seed: 8)
        #expect(first != other)
        // The fixed people are the same whatever the seed.
        #expect(first.prefix(9) == other.prefix(9))
        #expect(first[9] != other[9])
    }

    @Test(arguments: [0, 1, 2, 10, 999, 10_000])
    func `there are exactly as many people as were asked for`(count: Int) {
        #expect(people(count).count == count)
    }

    @Test func `a smaller count gives the beginning of a larger one`() {
        #expect(people(500) == Array(people(3_000).prefix(500)))
    }

    @Test(arguments: Register.allCases)
    func `the example's records are the ten thousand people of seed 7`(register: Register) throws {
        // Whoever changes the generator makes the example anew: dovira population --seed 7 --count 10000 --as-of 2026-07-01
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "Examples/Istmo/registries/\(register.rawValue)/records.csv")
        var expected = Array(register.header.utf8)
        for household in SyntheticPeople(seed: 7, count: 10_000, asOf: asOf) { household.append(register, to: &expected) }
        let isSame = try Data(contentsOf: file) == Data(expected)
        #expect(isSame, "\(file.path)")
    }

    @Test(arguments: Register.allCases)
    func `every line has the columns of its header`(register: Register) {
        var bytes = Array(register.header.utf8)
        for household in SyntheticPeople(seed: 11, count: 5_000, asOf: asOf) { household.append(register, to: &bytes) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let columns = lines[0].split(separator: ",").count
        for line in lines {
            // A comma between quotation marks parts nothing.
            let commas = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset.isMultiple(of: 2) }.map { $0.element.count { $0 == "," } }.reduce(0, +)
            #expect(commas == columns - 1, "\(line)")
        }
        #expect(lines.count > 50)
    }

    @Test func `a national number never repeats, and has a valid form`() throws {
        var seen: Set<NationalNumber> = []
        for household in SyntheticPeople(seed: 3, count: 300_000, asOf: asOf) {
            for person in household.people {
                #expect(seen.insert(person.number).inserted)
                #expect((1...9_999).contains(person.number.book))
                #expect((1...999_999).contains(person.number.entry))
            }
        }
        #expect(seen.count == 300_000)
        let form = try Regex("^(([1-9]|1[0-3])(AV|PI)?|E|N|PE)-[1-9][0-9]{0,3}-[1-9][0-9]{0,5}$")
        let texts = people(20_000).map(\.number.text)
        #expect(texts.allSatisfy { $0.wholeMatch(of: form) != nil })
        for prefix in ["8-", "4-", "13-", "E-", "N-", "PE-"] {
            #expect(texts.contains { $0.hasPrefix(prefix) }, "none begins with \(prefix)")
        }
        #expect(texts.contains { $0.contains("PI-") })
        #expect(texts.contains { $0.contains("AV-") })
    }

    @Test func `ages lie as in a country that is still growing`() {
        let ages = people(40_000).map(age)
        func share(_ band: ClosedRange<Int>) -> Double { Double(ages.count { band.contains($0) }) / Double(ages.count) }
        #expect((0.22...0.31).contains(share(0...14)), "\(share(0...14))")
        #expect((0.58...0.70).contains(share(15...64)), "\(share(15...64))")
        #expect((0.06...0.13).contains(share(65...120)), "\(share(65...120))")
        #expect(ages.allSatisfy { (0...105).contains($0) })
        for decade in 0..<9 {
            #expect(share(decade * 10...decade * 10 + 9) > 0.005, "decade \(decade)")
        }
    }

    @Test func `children carry the father's first surname and then the mother's`() {
        var children = 0
        for household in SyntheticPeople(seed: 7, count: 20_000, asOf: asOf) where household.people.count >= 3 {
            let (first, second) = (household.people[0], household.people[1])
            guard first.sex == .female, second.sex == .male, first.civilStatus == second.civilStatus else { continue }
            for child in household.people.dropFirst(2) where age(child) < 18 {
                children += 1
                #expect(child.firstSurname == second.firstSurname)
                #expect(child.secondSurname == nil || child.secondSurname == first.firstSurname)
                #expect(age(first) - age(child) >= 16)
            }
        }
        #expect(children > 2_000)
    }

    @Test func `about three grown-ups in a hundred have a business and forty a driving licence, some of it expired`() {
        let adults = people(60_000).filter { age($0) >= 18 }
        func share(_ isSo: (Person) -> Bool) -> Double { Double(adults.count(where: isSo)) / Double(adults.count) }
        #expect((0.024...0.036).contains(share { $0.business != nil }))
        #expect((0.35...0.45).contains(share { $0.licence != nil }))
        let withCard = adults.compactMap(\.card)
        #expect(withCard.count == adults.count)
        #expect((0.02...0.06).contains(share { $0.card!.until < asOf }))
        let licences = adults.compactMap(\.licence)
        let expired = Double(licences.count { $0.validity.until < asOf }) / Double(licences.count)
        #expect((0.08...0.18).contains(expired))
        let categories = Set(licences.flatMap(\.categories))
        #expect(categories == Set("ABCDEFGH"))
    }

    @Test func `nothing is issued too early or runs backwards`() {
        for person in people(30_000) {
            for validity in [person.card, person.licence?.validity].compactMap({ $0 }) {
                #expect(validity.from < validity.until)
                #expect(validity.from >= person.birthDate.adding(months: 12 * 12))
            }
            if let licence = person.licence { #expect(licence.validity.from >= person.birthDate.adding(months: 18 * 12)) }
            if let business = person.business {
                #expect(business.registered >= person.birthDate.adding(months: 18 * 12))
                #expect(business.registered.year < asOf.year)
            }
            if age(person) < 18 {
                #expect(person.licence == nil && person.business == nil)
                if let card = person.card { #expect(card.until <= person.birthDate.adding(months: 18 * 12)) }
            }
            #expect(person.birthDate <= asOf)
        }
    }

    @Test func `a business number is unique within its year`() {
        var seen: Set<[Int]> = []
        for case let business? in people(60_000).map(\.business) {
            #expect(seen.insert([business.registered.year, business.serial]).inserted)
        }
        #expect(seen.count > 500)
    }

    @Test func `the fixed people stand for what the journeys need`() {
        let fixed = people(9)
        #expect(
            fixed.map(\.number.text) == [
                "8-2000-101", "8-2000-102", "8-2000-103", "3-2000-104", "E-2000-105", "N-2000-106", "7AV-2000-107", "PE-2000-108",
                "12PI-2000-109",
            ])
        #expect(age(fixed[0]) >= 18 && fixed[0].business == nil && fixed[0].card!.until > asOf)
        #expect(fixed[1].business != nil)
        #expect(age(fixed[2]) < 18)
        #expect(fixed[3].card!.until < asOf && fixed[3].licence!.validity.until < asOf)
        #expect(fixed[4].nationality == "UKR")
        #expect(age(fixed[8]) == 18)
    }
}
