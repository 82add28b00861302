import Kernel

/// The fixed people at the head of every list, for demonstrations and tests: what each stands for does not depend on the seed,
/// and their ages and validities move with the day that the list is made for.
enum Demonstration {
    /// **Shape** national numbers from book `NationalNumbers.demonstrationBook`, which chance never draws from.
    static func households(asOf: CalendarDate) -> [Household] {
        func ago(years: Int, days: Int = 0) -> CalendarDate { asOf.adding(months: -12 * years).adding(days: -days) }
        func ahead(years: Int) -> CalendarDate { asOf.adding(months: 12 * years) }
        func january(_ year: Int) -> CalendarDate { CalendarDate(year: year, month: 1, day: 1) ?? asOf }
        func number(_ entry: Int, _ kind: NationalNumber.Kind = .province, province: Int = 8) -> NationalNumber {
            NationalNumber(kind: kind, province: province, book: NationalNumbers.demonstrationBook, entry: entry)
        }
        func home(_ serial: Int, province: Int, district: Int, township: Int, _ street: String, people: [Person]) -> Household {
            let home = Province.all[province - 1]
            return Household(
                address: Address(
                    serial: serial, provinceNumber: province, province: home.name, district: home.districts[district].name,
                    township: home.districts[district].townships[township], street: street,
                    postalCode: Address.postalCode(province: province, district: district, township: township),
                    since: ago(years: 3, days: 40)),
                people: people)
        }
        let currentCard = Validity(from: ago(years: 2), until: ahead(years: 8))
        let licence = Validity(from: ago(years: 1), until: ahead(years: 3))

        return [
            // A family of three: eligible, registered already, and a minor.
            home(
                1, province: 8, district: 0, township: 0, "Avenida Central, casa 14",
                people: [
                    Person(
                        serial: 1, number: number(101), givenNames: "María Elena", firstSurname: "Quintero", secondSurname: "Batista",
                        sex: .female,
                        birthDate: ago(years: 34, days: 120), civilStatus: .married, nationality: SyntheticPeople.nationality, card: currentCard,
                        licence: DrivingLicence(serial: 1, categories: "BC", validity: licence), business: nil),
                    Person(
                        serial: 2, number: number(102), givenNames: "Rubén Darío", firstSurname: "Castillo", secondSurname: "Vega",
                        sex: .male,
                        birthDate: ago(years: 37, days: 15), civilStatus: .married, nationality: SyntheticPeople.nationality, card: currentCard,
                        licence: DrivingLicence(serial: 2, categories: "CDF", validity: licence),
                        business: Business(
                            serial: 1, tradeName: "Ebanistería Castillo", activity: .carpentry,
                            started: january(asOf.year - 2).adding(days: 80), registered: january(asOf.year - 2).adding(days: 72),
                            isClosed: false)),
                    Person(
                        serial: 3, number: number(103), givenNames: "Sofía Isabel", firstSurname: "Castillo", secondSurname: "Quintero",
                        sex: .female,
                        birthDate: ago(years: 13, days: 60), civilStatus: .single, nationality: SyntheticPeople.nationality,
                        card: Validity(from: ago(years: 1), until: ago(years: 13, days: 60).adding(months: 18 * 12)), licence: nil,
                        business: nil),
                ]),
            // His identity card and his driving licence have run out.
            home(
                2, province: 3, district: 0, township: 1, "Calle Primera, edificio 7, apto. 3",
                people: [
                    Person(
                        serial: 4, number: number(104, province: 3), givenNames: "Winston Alfonso", firstSurname: "Clarke",
                        secondSurname: "Grant", sex: .male,
                        birthDate: ago(years: 52, days: 200), civilStatus: .divorced, nationality: SyntheticPeople.nationality,
                        card: Validity(from: ago(years: 11), until: ago(years: 1)),
                        licence: DrivingLicence(serial: 3, categories: "C", validity: Validity(from: ago(years: 5), until: ago(years: 1))),
                        business: nil)
                ]),
            // A foreign resident, and her husband, who has been naturalised.
            home(
                3, province: 13, district: 0, township: 1, "Calle Los Almendros, casa 52",
                people: [
                    Person(
                        serial: 5, number: number(105, .foreigner, province: 0), givenNames: "Oksana", firstSurname: "Melnyk",
                        secondSurname: nil, sex: .female,
                        birthDate: ago(years: 29, days: 10), civilStatus: .married, nationality: "UKR",
                        card: Validity(from: ago(years: 1), until: ahead(years: 4)), licence: nil, business: nil),
                    Person(
                        serial: 6, number: number(106, .naturalised, province: 0), givenNames: "Taras", firstSurname: "Kovalenko",
                        secondSurname: nil, sex: .male,
                        birthDate: ago(years: 33, days: 300), civilStatus: .married, nationality: SyntheticPeople.nationality, card: currentCard,
                        licence: DrivingLicence(serial: 4, categories: "C", validity: licence), business: nil),
                ]),
            // Born before the civil register began; lives with her grown-up daughter, who was born abroad.
            home(
                4, province: 7, district: 0, township: 0, "Calle de la Iglesia, casa 3",
                people: [
                    Person(
                        serial: 7, number: number(107, .beforeRegister, province: 7), givenNames: "Dominga", firstSurname: "Samudio",
                        secondSurname: "Barría",
                        sex: .female, birthDate: ago(years: 91, days: 33), civilStatus: .widowed, nationality: SyntheticPeople.nationality,
                        card: currentCard, licence: nil, business: nil),
                    Person(
                        serial: 8, number: number(108, .bornAbroad, province: 0), givenNames: "Itzel Aurora", firstSurname: "Pinzón",
                        secondSurname: "Samudio",
                        sex: .female, birthDate: ago(years: 58, days: 77), civilStatus: .single, nationality: SyntheticPeople.nationality,
                        card: currentCard, licence: DrivingLicence(serial: 5, categories: "C", validity: licence), business: nil),
                ]),
            // A grown-up since last month, in one of the comarcas.
            home(
                5, province: 12, district: 0, township: 0, "Calle Real, casa 8",
                people: [
                    Person(
                        serial: 9, number: number(109, .indigenous, province: 12), givenNames: "Aurelio", firstSurname: "Montezuma",
                        secondSurname: "Carrera",
                        sex: .male, birthDate: ago(years: 18, days: 30), civilStatus: .single, nationality: SyntheticPeople.nationality,
                        card: Validity(from: ago(years: 0, days: 20), until: ahead(years: 9)), licence: nil, business: nil)
                ]),
        ]
    }
}
