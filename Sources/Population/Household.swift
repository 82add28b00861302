package import Kernel

/// People who live at one address.
package struct Household: Sendable {
    package let address: Address
    /// Grown-ups first. Never empty.
    package let people: [Person]
}

package struct Address: Hashable, Sendable {
    /// Counts the addresses from 1, in the order of the list.
    package let serial: Int
    /// 1 to 13.
    package let provinceNumber: Int
    package let province: String
    package let district: String
    package let township: String
    package let street: String
    /// Four digits: two of the province, one each of the district and of the township.
    package let postalCode: String
    /// Since when the household lives here.
    package let since: CalendarDate
}

package struct Person: Hashable, Sendable {
    package enum Sex: String, Sendable {
        case female = "F"
        case male = "M"
    }

    package enum CivilStatus: String, Sendable { case single, married, union, divorced, widowed }

    /// Counts the people from 1, in the order of the list.
    package let serial: Int
    package let number: NationalNumber
    package let givenNames: String
    package let firstSurname: String
    /// The mother's first surname; nil for people from where one surname is the custom.
    package let secondSurname: String?
    package let sex: Sex
    package let birthDate: CalendarDate
    package let civilStatus: CivilStatus
    /// ISO 3166-1 alpha-3.
    package let nationality: String
    /// The identity card: from 12 years of age; valid for ten years, a minor's until the eighteenth birthday.
    package let card: Validity?
    package let licence: DrivingLicence?
    package let business: Business?
}

package struct Validity: Hashable, Sendable {
    package let from: CalendarDate
    /// The last day on which it is valid.
    package let until: CalendarDate
}

package struct DrivingLicence: Hashable, Sendable {
    /// Counts the licences from 1, in the order of the list.
    package let serial: Int
    /// One to three of A to H, in that order, no blanks between them.
    package let categories: String
    package let validity: Validity
}

package struct Business: Hashable, Sendable {
    /// Unique with `registered.year`; from 1.
    package let serial: Int
    package let tradeName: String
    package let activity: Activity
    package let started: CalendarDate
    package let registered: CalendarDate
    package let isClosed: Bool
}

/// What a sole proprietor does for a living.
package enum Activity: String, CaseIterable, Sendable {
    case retail, food, repair, transport, beauty, carpentry, farming, tailoring, software, teaching, cleaning, crafts
}
