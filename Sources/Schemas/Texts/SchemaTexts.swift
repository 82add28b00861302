package import Kernel

/// What a citizen reads about a fault, in each language: short, without a full stop, saying what to do.
package enum SchemaTexts {
    /// The languages of the table.
    package static let languages = ["es", "en", "uk"]

    /// The message for a fault. The schema's own `x-message` comes first where it speaks of the value's form; missing
    /// values, lengths and bounds have words that say more.
    package static func message(for fault: SchemaFault) -> LocalText {
        // What is wrong with the text itself is told in its own words.
        if fault.keyword == PeopleTextRule.keyword, let own = fault.ownMessage { return own }
        let phrase = phrase(for: fault)
        var message = LocalText([:])
        for language in languages { message.values[language] = phrase.text(in: language, fault.parameters) }
        if let own = fault.ownMessage, speaksOfForm(fault) {
            for (language, text) in own.values { message.values[language] = text }
        }
        return message
    }

    private static func speaksOfForm(_ fault: SchemaFault) -> Bool {
        guard fault.parameters["actual"] != "0" else { return false }
        return switch fault.keyword {
        case "pattern", "format", "const", "enum", "multipleOf", "not", "anyOf", "oneOf", "contains", "propertyNames", "uniqueItems": true
        default: false
        }
    }

    private static func phrase(for fault: SchemaFault) -> Phrase {
        switch fault.keyword {
        case "required", "dependentRequired": missing
        case "type": fault.parameters["actual"] == "null" ? missing : type(fault.parameters["expected"] ?? "")
        case _ where fault.parameters["actual"] == "0" && fault.keyword != "maxLength": missing
        case "minLength": minLength
        case "maxLength": maxLength
        case "pattern": pattern
        case "format": format(fault.parameters["format"] ?? "")
        case "enum": oneOption
        case "const": fault.parameters["expected"] == "true" ? consent : check
        case "minimum": minimum
        case "maximum": maximum
        case "exclusiveMinimum": exclusiveMinimum
        case "exclusiveMaximum": exclusiveMaximum
        case "multipleOf": multipleOf(fault.parameters["limit"] ?? "")
        case "minItems": minItems
        case "maxItems": maxItems
        case "uniqueItems": uniqueItems
        case "contains", "minContains", "maxContains": check
        case "minProperties": type("object")
        case "additionalProperties", "unevaluatedProperties", "propertyNames", "unevaluatedItems", "items", "false", "maxProperties":
            superfluous
        case "limit": tooMuch
        default: check
        }
    }

    // MARK: The table

    private static let missing = Phrase(es: "Escribe este dato", en: "Enter this", uk: "Введіть ці дані")
    private static let check = Phrase(
        es: "Revisa este dato: no es correcto", en: "Check this: it is not right", uk: "Перевірте ці дані: вони неправильні")
    private static let pattern = Phrase(
        es: "Escribe este dato en el formato pedido", en: "Enter this in the format asked for", uk: "Введіть ці дані в потрібному форматі")
    private static let oneOption = Phrase(
        es: "Elige una de las opciones", en: "Choose one of the options", uk: "Виберіть один із варіантів")
    private static let consent = Phrase(
        es: "Marca esta casilla para continuar", en: "Tick this box to continue", uk: "Поставте тут позначку, щоб продовжити")
    private static let superfluous = Phrase(
        es: "Quita este dato: no se pide aquí", en: "Remove this: it is not asked for here", uk: "Приберіть ці дані: тут вони не потрібні")
    private static let tooMuch = Phrase(
        es: "Envía menos datos: estos son demasiados para revisarlos", en: "Send less: this is too much to check",
        uk: "Надішліть менше даних: цих забагато для перевірки")

    private static let minLength = Phrase(
        es: "Escribe al menos {limit} {noun}", en: "Enter at least {limit} {noun}", uk: "Введіть щонайменше {limit} {noun}",
        noun: .characters)
    private static let maxLength = Phrase(
        es: "Escribe como máximo {limit} {noun}", en: "Enter at most {limit} {noun}", uk: "Введіть щонайбільше {limit} {noun}",
        noun: .characters)
    private static let minItems = Phrase(
        es: "Indica al menos {limit} {noun}", en: "Give at least {limit} {noun}", uk: "Вкажіть щонайменше {limit} {noun}",
        noun: .entries)
    private static let maxItems = Phrase(
        es: "Indica como máximo {limit} {noun}", en: "Give at most {limit} {noun}", uk: "Вкажіть щонайбільше {limit} {noun}",
        noun: .entries)
    private static let uniqueItems = Phrase(
        es: "Quita lo que está repetido", en: "Remove what is there twice", uk: "Приберіть повторення")

    private static let minimum = Phrase(
        es: "Escribe un número que sea {limit} o más", en: "Enter a number that is {limit} or more", uk: "Введіть число, не менше ніж {limit}")
    private static let maximum = Phrase(
        es: "Escribe un número que sea {limit} o menos", en: "Enter a number that is {limit} or less", uk: "Введіть число, не більше ніж {limit}")
    private static let exclusiveMinimum = Phrase(
        es: "Escribe un número mayor que {limit}", en: "Enter a number above {limit}", uk: "Введіть число, більше за {limit}")
    private static let exclusiveMaximum = Phrase(
        es: "Escribe un número menor que {limit}", en: "Enter a number below {limit}", uk: "Введіть число, менше за {limit}")

    private static let integer = Phrase(es: "Escribe un número entero", en: "Enter a whole number", uk: "Введіть ціле число")

    private static func multipleOf(_ limit: String) -> Phrase {
        switch limit {
        case "1": integer
        case "0.1": Phrase(
            es: "Escribe un número con un decimal como máximo", en: "Enter a number with at most one decimal place",
            uk: "Введіть число щонайбільше з одним знаком після коми")
        case "0.01": Phrase(
            es: "Escribe un número con dos decimales como máximo", en: "Enter a number with at most two decimal places",
            uk: "Введіть число щонайбільше з двома знаками після коми")
        default: Phrase(
            es: "Escribe un múltiplo de {limit}", en: "Enter a multiple of {limit}", uk: "Введіть число, кратне {limit}")
        }
    }

    private static func type(_ expected: String) -> Phrase {
        switch expected.split(separator: ",").filter({ $0 != "null" }).joined(separator: ",") {
        case "integer,number": Phrase(es: "Escribe un número", en: "Enter a number", uk: "Введіть число")
        case "string": Phrase(es: "Escribe un texto", en: "Enter text", uk: "Введіть текст")
        case "integer": integer
        case "number": Phrase(es: "Escribe un número", en: "Enter a number", uk: "Введіть число")
        case "boolean": Phrase(es: "Elige sí o no", en: "Choose yes or no", uk: "Виберіть «так» або «ні»")
        case "object": Phrase(es: "Completa estos datos", en: "Fill in these details", uk: "Заповніть ці дані")
        case "array": Phrase(es: "Indica una lista", en: "Give a list", uk: "Вкажіть перелік")
        default: check
        }
    }

    private static func format(_ name: String) -> Phrase {
        switch name {
        case "date": Phrase(
            es: "Escribe una fecha que exista, con día, mes y año", en: "Enter a real date, with day, month and year",
            uk: "Введіть справжню дату: день, місяць і рік")
        case "time": Phrase(
            es: "Escribe una hora, por ejemplo 14:30:00Z", en: "Enter a time, such as 14:30:00Z", uk: "Введіть час, наприклад 14:30:00Z")
        case "date-time": Phrase(
            es: "Escribe una fecha y una hora, por ejemplo 2027-03-31T14:30:00Z",
            en: "Enter a date and a time, such as 2027-03-31T14:30:00Z", uk: "Введіть дату й час, наприклад 2027-03-31T14:30:00Z")
        case "duration": Phrase(
            es: "Escribe una duración, por ejemplo P1Y6M", en: "Enter a duration, such as P1Y6M", uk: "Введіть тривалість, наприклад P1Y6M")
        case "email", "idn-email": Phrase(
            es: "Escribe un correo electrónico, por ejemplo nombre@ejemplo.com", en: "Enter an email address, such as name@example.com",
            uk: "Введіть адресу електронної пошти, наприклад name@example.com")
        case "uri", "iri": Phrase(
            es: "Escribe una dirección web completa, por ejemplo https://ejemplo.com", en: "Enter a full web address, such as https://example.com",
            uk: "Введіть повну вебадресу, наприклад https://example.com")
        case "hostname", "idn-hostname": Phrase(
            es: "Escribe un nombre de dominio, por ejemplo ejemplo.com", en: "Enter a domain name, such as example.com",
            uk: "Введіть доменне ім’я, наприклад example.com")
        case "ipv4": Phrase(
            es: "Escribe una dirección IP, por ejemplo 192.0.2.1", en: "Enter an IP address, such as 192.0.2.1",
            uk: "Введіть IP-адресу, наприклад 192.0.2.1")
        case "ipv6": Phrase(
            es: "Escribe una dirección IP, por ejemplo 2001:db8::1", en: "Enter an IP address, such as 2001:db8::1",
            uk: "Введіть IP-адресу, наприклад 2001:db8::1")
        default: pattern
        }
    }
}

/// A sentence in each language with blanks in braces.
private struct Phrase {
    enum Noun { case characters, entries }

    var es: String
    var en: String
    var uk: String
    var noun: Noun?

    func text(in language: String, _ parameters: [String: String]) -> String {
        var text = language == "es" ? es : language == "en" ? en : uk
        let limit = parameters["limit"] ?? ""
        text = Self.filling(text, "{limit}", limit)
        if let noun { text = Self.filling(text, "{noun}", Self.word(noun, limit, language)) }
        return text
    }

    private static func filling(_ text: String, _ blank: String, _ value: String) -> String {
        let pieces = text.split(separator: "{", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else { return text }
        let name = String(blank.dropFirst())
        if pieces[1].utf8.starts(with: name.utf8) { return pieces[0] + value + pieces[1].dropFirst(name.count) }
        return pieces[0] + "{" + filling(String(pieces[1]), blank, value)
    }

    /// The word in the number that goes with the count.
    private static func word(_ noun: Noun, _ count: String, _ language: String) -> String {
        let isOne = count == "1"
        switch (noun, language) {
        case (.characters, "es"): return isOne ? "carácter" : "caracteres"
        case (.characters, "en"): return isOne ? "character" : "characters"
        case (.characters, _): return ukrainian(count, "символ", "символи", "символів")
        case (.entries, "es"): return isOne ? "elemento" : "elementos"
        case (.entries, "en"): return isOne ? "entry" : "entries"
        case (.entries, _): return ukrainian(count, "запис", "записи", "записів")
        }
    }

    private static func ukrainian(_ count: String, _ one: String, _ few: String, _ many: String) -> String {
        let digits = Array(count.utf8.suffix(2))
        guard let last = digits.last, digits.count == 1 || digits[0] != 0x31 else { return many }
        switch last {
        case 0x31: return one
        case 0x32...0x34: return few
        default: return many
        }
    }
}
