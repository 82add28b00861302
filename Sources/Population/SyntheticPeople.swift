package import Kernel

/// Synthetic people in their households, one after the other, made from a seed.
///
/// **Shape** the same seed, count and date give the same people on every machine; a smaller count gives the beginning of a
/// larger one. Memory does not grow with the count. National numbers never repeat. The first households are the fixed people
/// of `Demonstration`, whatever the seed.
///
/// Nobody here is real: names are drawn by chance from lists of common ones, places and streets are invented, and no
/// real person's name, number or address is meant.
package struct SyntheticPeople: Sequence, IteratorProtocol, Sendable {
    private var dice: Dice
    private var numbers: NationalNumbers
    private var demonstration: ArraySlice<Household>
    private var remaining: Int
    private let asOf: CalendarDate
    private var addressSerial = 0
    private var personSerial = 0
    private var licenceSerial = 0
    /// The last serial of each year; the year is the index. A hundred-odd numbers, whatever the count.
    private var businessSerials: [Int]

    /// More would need business numbers of more than five digits.
    package static let countMax = 40_000_000

    /// - Parameters:
    ///   - count: how many people, up to `countMax`; the last household is cut short where it would be more.
    ///   - asOf: ages, validities and dates are as they would be on this day.
    package init(seed: UInt64, count: Int, asOf: CalendarDate) {
        precondition((0...Self.countMax).contains(count), "a population has 0 to \(Self.countMax) people")
        dice = Dice(seed: seed)
        numbers = NationalNumbers(seed: seed)
        demonstration = Demonstration.households(asOf: asOf)[...]
        remaining = count
        self.asOf = asOf
        businessSerials = [Int](repeating: 0, count: asOf.year + 1)
        for household in demonstration {
            addressSerial = household.address.serial
            for person in household.people {
                personSerial = person.serial
                if let licence = person.licence { licenceSerial = licence.serial }
                if let business = person.business { businessSerials[business.registered.year] = business.serial }
            }
        }
    }

    /// The next household, or nil when `count` people have been given.
    package mutating func next() -> Household? {
        guard remaining > 0 else { return nil }
        let household = demonstration.popFirst() ?? invent()
        guard household.people.count > remaining else {
            remaining -= household.people.count
            return household
        }
        let cut = Household(address: household.address, people: Array(household.people.prefix(remaining)))
        remaining = 0
        return cut
    }

    // MARK: A household

    /// What the members of a household have in common while it is being made.
    private struct Home {
        let province: Province
        let origin: Origin
        /// Set where the grown-ups came from abroad.
        let country: Country?
    }

    private mutating func invent() -> Household {
        let province = Province.all[dice.weighted(Province.weights, total: Province.total)]
        let home = home(in: province)
        let address = address(in: province)
        var people: [Person] = []
        switch dice.below(100) {
        case ..<15:
            let age = age(of: .singlePerson)
            people.append(adult(home, female: dice.perMille(450), age: age, status: statusAlone(age)))
        case ..<35:
            people.append(contentsOf: couple(home, womanAge: age(of: .coupleAlone)))
        case ..<74:
            let womanAge = age(of: .motherOfFamily)
            people.append(contentsOf: couple(home, womanAge: womanAge))
            addChildren(of: people[0], and: people[1], home, to: &people)
        case ..<91:
            let motherAge = age(of: .motherOfFamily)
            let mother = adult(home, female: true, age: motherAge, status: statusAlone(motherAge))
            let father = surnames(home)
            people.append(mother)
            addChildren(of: mother, fatherSurname: father.first, home, to: &people)
        default:
            let womanAge = age(of: .motherOfFamily)
            people.append(contentsOf: couple(home, womanAge: womanAge))
            let grandmotherAge = womanAge + dice.within(18...35)
            if grandmotherAge <= 102 {
                // The woman's mother: her first surname is the woman's second.
                let second = surnames(home).first
                people.append(
                    adult(
                        home, female: true, age: grandmotherAge, status: dice.perMille(700) ? .widowed : .single,
                        surnames: (people[0].secondSurname ?? people[0].firstSurname, people[0].secondSurname == nil ? nil : second)))
            }
            addChildren(of: people[0], and: people[1], home, to: &people)
        }
        return Household(address: address, people: people)
    }

    private mutating func home(in province: Province) -> Home {
        if province.isComarca, dice.perMille(850) { return Home(province: province, origin: .indigenous, country: nil) }
        if dice.perMille(60) {
            let country = Country.all[dice.weighted(Country.weights, total: Country.total)]
            return Home(province: province, origin: country.origin, country: country)
        }
        let origin: Origin
        switch dice.below(1000) {
        case ..<80: origin = .antillean
        case ..<125: origin = .chinese
        case ..<155: origin = .indigenous
        case ..<168: origin = .levantine
        case ..<176: origin = .indian
        case ..<180: origin = .greek
        default: origin = .isthmian
        }
        return Home(province: province, origin: origin, country: nil)
    }

    private mutating func address(in province: Province) -> Address {
        addressSerial += 1
        let districtIndex = dice.skewed(province.districts.count)
        let district = province.districts[districtIndex]
        let townshipIndex = dice.skewed(district.townships.count)
        var street = dice.perMille(550) ? Streets.named[dice.below(Streets.named.count)] : "Calle \(dice.within(1...78))"
        street += dice.perMille(700) ? ", casa \(dice.within(1...240))" : ", edificio \(dice.within(1...60)), apto. \(dice.within(1...18))"
        return Address(
            serial: addressSerial, provinceNumber: province.number, province: province.name, district: district.name,
            township: district.townships[townshipIndex], street: street,
            postalCode: Address.postalCode(province: province.number, district: districtIndex, township: townshipIndex),
            since: asOf.adding(days: -dice.within(20...9000)))
    }

    private mutating func couple(_ home: Home, womanAge: Int) -> [Person] {
        let status: Person.CivilStatus = dice.perMille(womanAge < 30 ? 300 : 620) ? .married : .union
        let manAge = Swift.min(Swift.max(womanAge + dice.within(-3...8), 19), 101)
        return [
            adult(home, female: true, age: womanAge, status: status),
            adult(home, female: false, age: manAge, status: status),
        ]
    }

    private mutating func addChildren(of mother: Person, and father: Person, _ home: Home, to people: inout [Person]) {
        addChildren(of: mother, fatherSurname: father.firstSurname, home, to: &people)
    }

    private mutating func addChildren(of mother: Person, fatherSurname: String, _ home: Home, to people: inout [Person]) {
        let motherAge = asOf.years(since: mother.birthDate)
        let count = 1 + dice.weighted([32, 34, 20, 9, 5], total: 100)
        // The eldest was born when the mother was 17 or more.
        var age = motherAge - dice.within(17...36) + 1
        for _ in 0..<count {
            age -= dice.within(1...5)
            // Those who have grown up have mostly left.
            guard age >= 0, age < 20 || age < 32 && dice.perMille(420) else { continue }
            let female = dice.perMille(488)
            let hasTwo = mother.secondSurname != nil || home.country == nil
            let names = (first: fatherSurname, second: hasTwo ? mother.firstSurname : nil)
            if age >= 18 {
                people.append(adult(home, female: female, age: age, status: .single, surnames: names, bornHere: true))
            } else {
                people.append(child(home, female: female, age: age, surnames: names))
            }
        }
    }

    // MARK: A person

    private enum Place { case singlePerson, coupleAlone, motherOfFamily }

    private mutating func age(of place: Place) -> Int {
        switch place {
        case .singlePerson: return dice.perMille(480) ? dice.within(21...50) : dice.within(46...88)
        case .coupleAlone: return dice.perMille(250) ? dice.within(20...38) : dice.within(50...82)
        case .motherOfFamily: return 20 + dice.below(30) + dice.below(9)
        }
    }

    private mutating func statusAlone(_ age: Int) -> Person.CivilStatus {
        if age > 60, dice.perMille(500) { return .widowed }
        if age > 30, dice.perMille(280) { return .divorced }
        return .single
    }

    private mutating func surnames(_ home: Home) -> (first: String, second: String?) {
        let book = NameBook.all[home.origin.rawValue]
        let first = book.surnames[dice.skewed(book.surnames.count)]
        guard book.twoSurnames else { return (first, nil) }
        // Families mix: a second surname is from any of the isthmus's origins.
        let mixed = home.country == nil && dice.perMille(250) ? NameBook.all[Origin.isthmian.rawValue] : book
        return (first, mixed.surnames[dice.skewed(mixed.surnames.count)])
    }

    private mutating func givenNames(_ home: Home, female: Bool) -> String {
        let own = NameBook.all[home.origin.rawValue]
        let book = home.country == nil && dice.perMille(400) ? NameBook.all[Origin.isthmian.rawValue] : own
        let names = female ? book.female : book.male
        let first = names[dice.skewed(names.count)]
        let second = names[dice.below(names.count)]
        return book.twoSurnames && first != second && dice.perMille(640) ? first + " " + second : first
    }

    /// - Parameter bornHere: a grown-up child of people from abroad may have been born here.
    private mutating func adult(
        _ home: Home, female: Bool, age: Int, status: Person.CivilStatus, surnames given: (String, String?)? = nil, bornHere: Bool = false
    ) -> Person {
        let names = given ?? surnames(home)
        let birth = birthDate(age: age)
        let isForeign = home.country != nil && !(bornHere && dice.perMille(350))
        let isNaturalised = isForeign && dice.perMille(180)
        let kind: NationalNumber.Kind =
            if isNaturalised { .naturalised } else if isForeign { .foreigner } else { citizenKind(home, birth: birth) }
        let card = card(birth: birth, isForeigner: kind == .foreigner)
        personSerial += 1
        return Person(
            serial: personSerial, number: number(kind, home, birth), givenNames: givenNames(home, female: female), firstSurname: names.0,
            secondSurname: names.1,
            sex: female ? .female : .male, birthDate: birth, civilStatus: status,
            nationality: kind == .foreigner ? home.country?.code ?? Self.nationality : Self.nationality, card: card,
            licence: licence(age: age, birth: birth), business: business(surname: names.0, age: age, birth: birth))
    }

    private mutating func child(_ home: Home, female: Bool, age: Int, surnames: (first: String, second: String?)) -> Person {
        let birth = birthDate(age: age)
        let isForeign = home.country != nil && dice.perMille(500)
        let kind: NationalNumber.Kind = isForeign ? .foreigner : citizenKind(home, birth: birth)
        var card: Validity?
        if age >= 12 {
            let twelfth = birth.adding(months: 12 * 12)
            let from = twelfth.adding(days: dice.below(Swift.max(asOf.daysSinceEpoch - twelfth.daysSinceEpoch, 1)))
            card = Validity(from: from, until: birth.adding(months: 18 * 12))
        }
        personSerial += 1
        return Person(
            serial: personSerial, number: number(kind, home, birth), givenNames: givenNames(home, female: female),
            firstSurname: surnames.first,
            secondSurname: surnames.second, sex: female ? .female : .male, birthDate: birth, civilStatus: .single,
            nationality: isForeign ? home.country?.code ?? Self.nationality : Self.nationality, card: card, licence: nil, business: nil)
    }

    private mutating func citizenKind(_ home: Home, birth: CalendarDate) -> NationalNumber.Kind {
        if birth.year < 1940, dice.perMille(600) { return .beforeRegister }
        if home.origin == .indigenous, dice.perMille(250) { return .indigenous }
        return dice.perMille(9) ? .bornAbroad : .province
    }

    private mutating func number(_ kind: NationalNumber.Kind, _ home: Home, _ birth: CalendarDate) -> NationalNumber {
        // Three in four still live in the province where they were born.
        let province =
            dice.perMille(750) ? home.province.number : Province.all[dice.weighted(Province.weights, total: Province.total)].number
        return numbers.next(kind, province: province, birthYear: birth.year)
    }

    /// A day on which somebody was born who has `age` full years now.
    private mutating func birthDate(age: Int) -> CalendarDate {
        let latest = asOf.adding(months: -12 * age)
        return latest.adding(days: -dice.below(365))
    }

    private mutating func card(birth: CalendarDate, isForeigner: Bool) -> Validity {
        let years = isForeigner ? 5 : 10
        let until: CalendarDate =
            if dice.perMille(38) { asOf.adding(days: -dice.within(1...900)) } else {
                asOf.adding(days: dice.within(0...(years * 365 - 60)))
            }
        return validity(years: years, until: until, birth: birth)
    }

    private mutating func licence(age: Int, birth: CalendarDate) -> DrivingLicence? {
        let share: Int
        switch age {
        case ..<25: share = 300
        case ..<60: share = 480
        case ..<75: share = 330
        default: share = 80
        }
        guard dice.perMille(share) else { return nil }
        let categories: String
        switch dice.below(1000) {
        case ..<560: categories = "C"
        case ..<700: categories = "BC"
        case ..<770: categories = "B"
        case ..<860: categories = age >= 21 ? "CD" : "C"
        case ..<910: categories = age >= 21 ? "CDE" : "C"
        case ..<950: categories = age >= 21 ? "CDF" : "C"
        case ..<970: categories = age >= 21 ? "CFG" : "C"
        case ..<985: categories = "H"
        default: categories = "A"
        }
        // Four years, two from the seventieth birthday on. One in eight has let it run out.
        let years = age >= 70 ? 2 : 4
        let until: CalendarDate =
            if dice.perMille(125) { asOf.adding(days: -dice.within(1...700)) } else { asOf.adding(days: dice.below(years * 365)) }
        licenceSerial += 1
        return DrivingLicence(serial: licenceSerial, categories: categories, validity: validity(years: years, until: until, birth: birth))
    }

    /// Nothing here is issued before the eighteenth birthday; what would have run out before that is made new on that day.
    private func validity(years: Int, until: CalendarDate, birth: CalendarDate) -> Validity {
        let majority = birth.adding(months: 18 * 12)
        let from = until.adding(months: -12 * years)
        if from >= majority { return Validity(from: from, until: until) }
        return Validity(from: majority, until: until > majority ? until : majority.adding(months: 12 * years))
    }

    private mutating func business(surname: String, age: Int, birth: CalendarDate) -> Business? {
        guard dice.perMille(30) else { return nil }
        // Never in the current year, whose numbers the running state gives out.
        let oldest = Swift.max(birth.year + 19, asOf.year - 15)
        guard oldest <= asOf.year - 1 else { return nil }
        let year = dice.within(oldest...(asOf.year - 1))
        businessSerials[year] += 1
        let activity = Activity.allCases[dice.below(Activity.allCases.count)]
        let registered = CalendarDate(year: year, month: 1, day: 2)?.adding(days: dice.below(360)) ?? asOf
        return Business(
            serial: businessSerials[year], tradeName: activity.shop + " " + surname, activity: activity,
            started: registered.adding(days: dice.within(0...45)), registered: registered, isClosed: dice.perMille(80))
    }

    static let nationality = "IST"
}

extension Address {
    static func postalCode(province: Int, district: Int, township: Int) -> String {
        var bytes: [UInt8] = []
        bytes.append(number: province, digits: 2)
        bytes.append(number: district + 1)
        bytes.append(number: township % 10)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension CalendarDate {
    /// Full years from `earlier` to this day.
    func years(since earlier: CalendarDate) -> Int {
        let hasHadBirthday = (month, day) >= (earlier.month, earlier.day)
        return year - earlier.year - (hasHadBirthday ? 0 : 1)
    }
}

extension Activity {
    var shop: String {
        switch self {
        case .retail: "Abarrotería"
        case .food: "Fonda"
        case .repair: "Taller"
        case .transport: "Acarreos"
        case .beauty: "Salón"
        case .carpentry: "Ebanistería"
        case .farming: "Finca"
        case .tailoring: "Confecciones"
        case .software: "Sistemas"
        case .teaching: "Tutorías"
        case .cleaning: "Limpieza"
        case .crafts: "Artesanías"
        }
    }
}
