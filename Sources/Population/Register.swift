import Kernel

/// The registers that a population fills, with the columns of `Examples/Istmo/registries`.
package enum Register: String, CaseIterable, Sendable {
    case person, address, business, driver

    /// The header line of the register's `records.csv`, its line end included.
    package var header: String {
        switch self {
        case .person:
            "cedula,given_names,first_surname,second_surname,sex,birth_date,civil_status,nationality,household,cedula_issued,cedula_expires\n"
        case .address: "number,cedula,street,township,district,province,postal_code,since\n"
        case .business:
            "number,cedula,trade_name,activity,street,township,district,province,postal_code,start_date,registered,status\n"
        case .driver: "number,cedula,categories,issued,expires\n"
        }
    }
}

extension Household {
    /// Appends this household's lines of `register` as CSV; none where nobody in it has such an entry.
    ///
    /// **Shape** UTF-8, lines end in LF, a field is quoted only where it holds a comma; an absent value is an empty field.
    /// **Standard** RFC 4180 but for the line ends.
    package func append(_ register: Register, to bytes: inout [UInt8]) {
        for person in people {
            switch register {
            case .person: person.append(household: address.serial, to: &bytes)
            case .address: append(addressOf: person, to: &bytes)
            case .business:
                if let business = person.business { append(business, of: person, to: &bytes) }
            case .driver:
                if let licence = person.licence { licence.append(of: person, to: &bytes) }
            }
        }
    }

    private func append(addressOf person: Person, to bytes: inout [UInt8]) {
        bytes.append(ascii: "CR-")
        bytes.append(grouped: person.serial)
        bytes.comma()
        person.number.append(to: &bytes)
        bytes.comma()
        appendPlace(to: &bytes)
        bytes.append(max(address.since, person.birthDate))
        bytes.endLine()
    }

    private func append(_ business: Business, of person: Person, to bytes: inout [UInt8]) {
        bytes.append(ascii: "EI-")
        bytes.append(number: business.registered.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(number: business.serial, digits: 5)
        bytes.comma()
        person.number.append(to: &bytes)
        bytes.comma()
        bytes.append(field: business.tradeName)
        bytes.comma()
        bytes.append(field: business.activity.rawValue)
        bytes.comma()
        appendPlace(to: &bytes)
        bytes.append(business.started)
        bytes.comma()
        bytes.append(business.registered)
        bytes.append(ascii: business.isClosed ? ",closed\n" : ",active\n")
    }

    /// Street to postal code, with the comma after it.
    private func appendPlace(to bytes: inout [UInt8]) {
        bytes.append(field: address.street)
        bytes.comma()
        bytes.append(field: address.township)
        bytes.comma()
        bytes.append(field: address.district)
        bytes.comma()
        bytes.append(field: address.province)
        bytes.comma()
        bytes.append(field: address.postalCode)
        bytes.comma()
    }
}

extension Person {
    fileprivate func append(household: Int, to bytes: inout [UInt8]) {
        number.append(to: &bytes)
        bytes.comma()
        bytes.append(field: givenNames)
        bytes.comma()
        bytes.append(field: firstSurname)
        bytes.comma()
        if let secondSurname { bytes.append(field: secondSurname) }
        bytes.comma()
        bytes.append(field: sex.rawValue)
        bytes.comma()
        bytes.append(birthDate)
        bytes.comma()
        bytes.append(field: civilStatus.rawValue)
        bytes.comma()
        bytes.append(field: nationality)
        bytes.append(ascii: ",H-")
        bytes.append(number: household, digits: 8)
        bytes.comma()
        if let card { bytes.append(card.from) }
        bytes.comma()
        if let card { bytes.append(card.until) }
        bytes.endLine()
    }
}

extension DrivingLicence {
    fileprivate func append(of person: Person, to bytes: inout [UInt8]) {
        bytes.append(ascii: "LC-")
        bytes.append(grouped: serial)
        bytes.comma()
        person.number.append(to: &bytes)
        bytes.comma()
        bytes.append(field: categories)
        bytes.comma()
        bytes.append(validity.from)
        bytes.comma()
        bytes.append(validity.until)
        bytes.endLine()
    }
}

extension [UInt8] {
    fileprivate mutating func comma() { append(UInt8(ascii: ",")) }

    fileprivate mutating func endLine() { append(UInt8(ascii: "\n")) }

    /// Eight digits in two groups.
    fileprivate mutating func append(grouped number: Int) {
        append(number: number / 10_000, digits: 4)
        append(UInt8(ascii: "-"))
        append(number: number % 10_000, digits: 4)
    }

    fileprivate mutating func append(_ date: CalendarDate) {
        append(number: date.year, digits: 4)
        append(UInt8(ascii: "-"))
        append(number: date.month, digits: 2)
        append(UInt8(ascii: "-"))
        append(number: date.day, digits: 2)
    }

    /// No name or place holds a quotation mark or a line break, so a comma is the only cause to quote.
    fileprivate mutating func append(field text: String) {
        let mustQuote = text.utf8.contains(UInt8(ascii: ","))
        if mustQuote { append(UInt8(ascii: "\"")) }
        append(contentsOf: text.utf8)
        if mustQuote { append(UInt8(ascii: "\"")) }
    }
}
