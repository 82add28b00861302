package import Kernel
package import Web

/// Views with obviously made-up content, one of each kind and of each state that looks different.
package struct Fixtures: Sendable {
    package let language: String
    /// Stands at the end of every text that is somebody's: names, values, what was typed.
    package let ending: String

    package init(language: String, ending: String = "") {
        self.language = language
        self.ending = ending
    }

    package static let emblem = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><title>Waves</title><path fill="#0B5563" d="M.5 18.6A17.5 17.5 0 0 1 34.6 12.2c-5.4-1.6-9.3.7-12.9 4.8-4.6 5.2-9.6 8.2-21.2 1.6z"/><path fill="#8E2F6B" d="M35.4 16.6A17.5 17.5 0 0 1 2.3 25.8c8.800 2.6 15.700.7 20.9-5.300 3.800-4.300 7.300-6.500 12.200-3.900z"/></svg>
        """

    package static var look: Look { get throws { try Look(a: "#0B5563", b: "#8E2F6B", emblem: emblem) } }

    package static let now = Instant(rfc3339: "2026-11-24T14:14:07Z")!
    /// Five hours west of UTC all year round, as in Panama.
    package static let zone: TimeZoneRules = {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        let head = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        let counts = word(0) + word(0) + word(0) + word(0) + word(1) + word(4)
        let block = word(-18_000) + [0, 0] + Array("EST\0".utf8)
        do { return try TimeZoneRules(tzif: head + counts + block + head + counts + block + Array("\nEST5\n".utf8)) } catch { preconditionFailure("\(error)") }
    }()

    private func say(_ es: String, _ en: String, _ uk: String) -> String { (["es": es, "uk": uk][language] ?? en) + ending }
    private func day(_ iso: String) -> CalendarDate { CalendarDate(iso)! }
    private func at(_ rfc3339: String) -> Instant { Instant(rfc3339: rfc3339)! }

    package var stateName: String { say("República de Istmo", "Republic of Istmo", "Республіка Істмо") }
    private var person: String { "Ejemplar Prueba Muestra" + ending }
    private var civil: String { say("Registro Civil", "Civil Register", "Реєстр цивільного стану") }
    private var trade: String { say("Registro Mercantil", "Business Register", "Реєстр підприємців") }
    private var transit: String { say("Dirección de Tránsito", "Traffic Directorate", "Дирекція дорожнього руху") }
    private var law: String { say("Ley 14 de 2024, artículo 5", "Act 14 of 2024, section 5", "Закон № 14 від 2024 р., стаття 5") }
    private var service: String { say("Inscribe tu empresa individual", "Register as a sole proprietor", "Зареєструйтеся підприємцем") }

    package func chrome(_ kind: Chrome.Account.Kind? = .citizen, path: String = "/", notices: [Chrome.Notice] = []) -> Chrome {
        var chrome = Chrome(
            language: language, languages: ["es", "en", "uk"], stateName: stateName, path: path, now: Fixtures.now, zone: Fixtures.zone, csrf: kind == nil ? nil : "token-of-the-fixture",
            notices: notices)
        switch kind {
        case .citizen: chrome.account = .init(kind: .citizen, name: person, detail: "8-000-0001")
        case .officer:
            chrome.account = .init(kind: .officer, name: "Funcionaria Inventada", detail: say("oficial 304", "officer 304", "службовець 304"))
            chrome.workspace = .init(
                body: trade, room: say("Sala de decisiones", "Decision room", "Кімната рішень"),
                items: [
                    .init(title: say("Mi cola", "My queue", "Моя черга"), count: 14, address: "/work", isCurrent: true),
                    .init(title: say("Resueltos", "Decided", "Вирішені"), address: "/work/decided"),
                ])
        case .overseer:
            chrome.account = .init(kind: .overseer, name: "Supervisor Inventado", detail: say("supervisor", "overseer", "наглядач"))
            chrome.workspace = .init(
                body: say("Defensoría del Pueblo", "Ombudsman", "Уповноважений з прав людини"), room: say("Supervisión", "Oversight", "Нагляд"),
                items: [.init(title: say("Registro", "Log", "Журнал"), address: "/oversight", isCurrent: true)])
        case nil: break
        }
        return chrome
    }

    // MARK: Documents

    package func cover(_ title: String, _ number: String, _ face: Face, until: String? = nil) -> Cover {
        Cover(title: title, number: number, standing: .valid(until: until.map(day)), face: face, address: "/documents/\(number)")
    }

    package var covers: [Cover] {
        [
            cover(say("Certificado de residencia", "Certificate of residence", "Довідка про місце проживання"), "CR-0093-5521", .b),
            cover(say("Empresa individual", "Sole proprietor", "Свідоцтво фізичної особи — підприємця"), "EI-2026-11807", .c),
            cover(say("Licencia de conducir", "Driving licence", "Посвідчення водія"), "LC-4718-2093", .a, until: "2031-08-14"),
        ]
    }

    package var home: HomeView {
        HomeView(
            firstName: "Ejemplar", documents: covers,
            awaiting: [
                RowView(title: say("Confirma dónde trabajarás", "Confirm where you will work", "Підтвердьте, де працюватимете"), meta: say("Empresa individual", "Sole proprietor", "Підприємець"), shape: .diamond, deadline: at("2026-11-30T17:00:00Z"), address: "/cases/1"),
                RowView(title: say("Permiso de obra menor", "Minor works permit", "Дозвіл на дрібне будівництво"), meta: say("En revisión", "Under review", "На розгляді"), shape: .half, address: "/cases/2"),
            ], accessesToday: 2, accessesAll: 412)
    }

    package var emptyHome: HomeView { HomeView(firstName: "Ejemplar", documents: [], awaiting: [], accessesToday: 0, accessesAll: 1) }
    package var documents: DocumentsView { DocumentsView(documents: covers, services: services.services) }
    package var noDocuments: DocumentsView { DocumentsView(documents: []) }

    package var document: DocumentView {
        DocumentView(
            title: say("Licencia de conducir", "Driving licence", "Посвідчення водія"), number: "LC-4718-2093", issuer: transit,
            face: [
                .init(label: say("Apellidos", "Surnames", "Прізвища"), value: "Prueba Muestra"), .init(label: say("Nombres", "Given names", "Імена"), value: "Ejemplar"),
                .init(label: say("Nacimiento", "Born", "Народження"), value: .date(day("1992-06-02"))),
            ], claims: [.init(label: say("Clases", "Classes", "Категорії"), value: .list(["A", "B"]))], standing: .valid(until: day("2031-08-14")), issuedAt: at("2026-08-14T15:00:00Z"),
            expires: day("2031-08-14"), checkedAt: at("2026-11-24T14:12:00Z"), register: say("Registro de Conductores", "Register of Drivers", "Реєстр водіїв"), hasPortrait: true,
            download: "/documents/LC-4718-2093/file", disclosable: 4)
    }

    package var expiredDocument: DocumentView {
        var view = document
        view.standing = .expired(day("2026-11-02"))
        view.expires = day("2026-11-02")
        return view
    }

    // MARK: Services

    package var services: ServicesView {
        ServicesView(services: [
            RowView(title: service, meta: say("Para vender o dar servicios a tu nombre", "To trade or give services under your own name", "Щоб торгувати або надавати послуги від свого імені"), address: "/services/sole-proprietor"),
            RowView(title: say("Renueva tu licencia", "Renew your licence", "Поновіть посвідчення водія"), meta: transit, address: "/services/licence"),
        ])
    }

    package var nothingFound: ServicesView { ServicesView(query: "submarino <script>", services: []) }

    private var rule: Rule {
        Rule(
            quote: say(
                "Toda persona mayor de edad, con cédula vigente y domicilio en Istmo, puede inscribirse.", "Any adult with a valid identity card and a home in Istmo may register.",
                "Кожна повнолітня особа з чинним посвідченням і місцем проживання в Істмо може зареєструватися."), law: law, address: "/law/14-2024")
    }

    private var conditions: [Condition] {
        [
            Condition(met: true, text: say("Tienes 34 años", "You are 34 years old", "Вам 34 роки"), source: civil),
            Condition(met: true, text: say("Tu cédula vale hasta 2031", "Your card is valid until 2031", "Ваше посвідчення дійсне до 2031 року"), source: say("Registro de Identidad", "Identity Register", "Реєстр посвідчень"), asOf: at("2026-11-24T14:14:00Z")),
            Condition(met: true, text: say("Vives en Puerto Ejemplo", "You live in Puerto Ejemplo", "Ви живете в Пуерто-Ехемпло"), source: say("Registro de Domicilios", "Register of Addresses", "Реєстр адрес")),
        ]
    }

    package var start: ServiceStartView {
        ServiceStartView(
            title: service,
            purpose: say("Para vender o dar servicios a tu nombre, sin crear una sociedad.", "To trade or give services under your own name, without a company.", "Щоб торгувати або надавати послуги від свого імені, без створення товариства."),
            body: trade, minutes: 6, answer: say("Al instante", "At once", "Одразу"), fee: nil, start: "/services/sole-proprietor/apply", startIsForm: true,
            who: [
                Condition(met: true, text: say("Tienes 18 años o más", "You are 18 or older", "Вам 18 років або більше")), Condition(met: true, text: say("Tu cédula está vigente", "Your identity card is valid", "Ваше посвідчення чинне")),
                Condition(met: nil, text: say("Trabajarás desde una dirección en Istmo", "You will work from an address in Istmo", "Працюватимете за адресою в Істмо"), source: say("Te lo preguntaremos", "We will ask you", "Ми про це запитаємо")),
            ],
            needs: [
                say("Tu actividad y la fecha en que empiezas.", "Your activity and the day you start.", "Ваш вид діяльності та день початку."),
                say("Nombre, cédula y domicilio ya los tenemos.", "We have your name, number and address already.", "Ім’я, номер і адресу ми вже маємо."),
            ],
            rule: rule, wholeRule: "/rules/sole-proprietor", dryRun: "/services/sole-proprietor/dry-run", isSignedIn: true)
    }

    package var questionControls: [Control] {
        [
            Control(name: "/street", label: say("Calle y número", "Street and number", "Вулиця та номер будинку"), kind: .text(.init(autocomplete: "street-address")), values: ["Calle del Ejemplo 12, piso 3"],
                prefill: .init(source: say("Del Registro de Domicilios", "From the Register of Addresses", "З Реєстру адрес"), asOf: day("2026-03-03"), contest: "/contest")),
            Control(name: "/town", label: say("Localidad", "Town", "Населений пункт"), kind: .text(.init()), values: ["Puerto Ejemplo"],
                prefill: .init(source: say("Del Registro de Domicilios", "From the Register of Addresses", "З Реєстру адрес"), asOf: day("2026-03-03"), contest: nil)),
            Control(name: "/code", label: say("Código postal", "Postcode", "Поштовий індекс"), kind: .text(.init(width: .short, inputMode: "numeric")), values: ["04127"]),
        ]
    }

    package var question: QuestionView {
        QuestionView(
            service: service, question: say("¿Desde qué dirección trabajarás?", "From which address will you work?", "За якою адресою працюватимете?"),
            hint: say("Será tu dirección oficial para avisos. Puede ser tu casa.", "It will be your official address for notices. It can be your home.", "Це буде ваша офіційна адреса для сповіщень. Може бути й домашня."),
            controls: questionControls, action: "/cases/1/address", back: "/cases/1/activity", position: 3, of: 6, savedAt: at("2026-11-24T14:11:00Z"), leave: "/")
    }

    package var faultyQuestion: QuestionView {
        var view = question
        view.controls[1].values = [""]
        view.controls[2].values = ["0412"]
        view.faults = [
            FieldFault(field: "/code", message: say("El código postal tiene 5 cifras; escribiste 4", "A postcode has 5 digits; you typed 4", "Поштовий індекс має 5 цифр; ви ввели 4")),
            FieldFault(field: "/town", message: say("Escribe la localidad", "Enter the town", "Введіть населений пункт")),
        ]
        return view
    }

    /// One page for each kind of control.
    package var questions: [QuestionView] {
        let options = [
            Control.Option(value: "fish", label: say("Venta de pescado", "Selling fish", "Продаж риби")),
            Control.Option(value: "repair", label: say("Reparaciones", "Repairs", "Ремонт"), hint: say("Motores, redes, electrodomésticos", "Engines, nets, appliances", "Двигуни, сіті, побутова техніка")),
        ]
        let controls = [
            Control(name: "/kind", label: "", kind: .choice(options), values: ["repair"]), Control(name: "/sure", label: "", kind: .yesNo), Control(name: "/start", label: "", kind: .date, values: ["2026-12-01"]),
            Control(name: "/many", label: "", kind: .checkboxes(options), values: ["fish"]), Control(name: "/one", label: "", kind: .select(options), values: ["fish"]),
            Control(name: "/text", label: "", kind: .textarea, values: ["a < b & c\n\"d\""]), Control(name: "/sum", label: "", hint: say("Sin decimales", "Whole numbers", "Без копійок"), kind: .number(unit: "ISB"), values: ["1200"]),
            Control(name: "/agree", label: say("Lo que declaro es cierto", "What I declare is true", "Заявлене мною правдиве"), kind: .confirm),
        ]
        return controls.map { control in
            QuestionView(
                service: service, question: say("¿A qué te dedicarás?", "What will you do?", "Чим займатиметеся?"), hint: say("Puedes cambiarlo después.", "You can change it later.", "Це можна змінити згодом."), controls: [control],
                faults: control.name == "/start" ? [FieldFault(field: "/start", message: say("La fecha tiene que ser hoy o después", "The date must be today or later", "Дата має бути сьогодні або пізніше"))] : [],
                action: "/cases/1/kind", back: "/services", position: 2, of: 6)
        }
    }

    package var tasks: TaskListView {
        TaskListView(
            service: service,
            items: [
                .init(title: say("Tu actividad", "Your activity", "Ваша діяльність"), state: .completed, address: "/a"), .init(title: say("Tu dirección de trabajo", "Your address of work", "Ваша робоча адреса"), state: .incomplete, address: "/b"),
                .init(title: say("Declaración", "Declaration", "Заява"), state: .cannotStart, address: nil),
            ], back: "/services", check: nil, savedAt: at("2026-11-23T22:05:00Z"))
    }

    package var register: RegisterView { RegisterView(title: say("Registro de Domicilios", "Register of Addresses", "Реєстр адрес"), body: civil, fields: [say("Calle", "Street", "Вулиця"), say("Localidad", "Town", "Населений пункт")], isPublic: false) }

    package var check: CheckAnswersView {
        CheckAnswersView(
            service: service,
            sections: [
                .init(title: say("Tu actividad", "Your activity", "Ваша діяльність"), rows: [
                    ValueRow(label: say("Actividad", "Activity", "Діяльність"), value: .text(say("Venta de pescado", "Selling fish", "Продаж риби")), change: "/cases/1/kind?back=check"),
                    ValueRow(label: say("Empieza", "Starts", "Початок"), value: .date(day("2026-12-01")), change: "/cases/1/start?back=check"),
                ]),
                .init(title: say("Dónde", "Where", "Де"), rows: [ValueRow(label: say("Dirección", "Address", "Адреса"), value: "Calle del Ejemplo 12, Puerto Ejemplo", source: say("Registro de Domicilios", "Register of Addresses", "Реєстр адрес"), asOf: at("2026-03-03T15:00:00Z"), change: "/cases/1/address?back=check")]),
            ], action: "/cases/1/submit", back: "/cases/1/start", hidden: ["key": "0123"], submit: say("Inscribir mi empresa", "Register my business", "Зареєструвати підприємця"),
            declaration: say("Al enviar, afirmas que lo escrito es cierto.", "By sending you affirm that this is true.", "Надсилаючи, ви підтверджуєте, що це правда."), savedAt: at("2026-11-24T14:12:00Z"))
    }

    // MARK: Decisions

    package var granted: Decision {
        Decision(
            outcome: .granted, title: say("Tu empresa individual está inscrita", "You are registered as a sole proprietor", "Вас зареєстровано підприємцем"),
            lead: say("Desde hoy, 24 de noviembre de 2026, puedes vender pescado al por menor.", "From today, 24 November 2026, you may sell fish.", "Від сьогодні, 24 листопада 2026 р., ви можете продавати рибу."), rule: rule, conditions: conditions,
            decider: .rule(at: Fixtures.now), review: "/cases/1/review")
    }

    package var refused: Decision {
        Decision(
            outcome: .refused, title: say("No podemos inscribir tu empresa todavía", "We cannot register you yet", "Ми ще не можемо вас зареєструвати"),
            lead: say("Cumples dos de las tres condiciones. Falta una, y puedes arreglarla.", "You meet two of the three conditions. You can put the third right.", "Ви виконуєте дві з трьох умов. Третю можна виправити."),
            rule: Rule(quote: say("Puede inscribirse quien tenga cédula vigente el día de la solicitud.", "Whoever has a valid card on the day of the application may register.", "Зареєструватися може той, хто на день заяви має чинне посвідчення."), law: law, address: "/law/14-2024"),
            conditions: [conditions[0], Condition(met: false, text: say("Tu cédula venció el 2 nov 2026", "Your card expired on 2 Nov 2026", "Строк дії посвідчення минув 2 лист. 2026"), source: say("Registro de Identidad", "Identity Register", "Реєстр посвідчень"), asOf: at("2026-11-24T14:14:00Z")), conditions[2]],
            decider: .rule(at: Fixtures.now),
            remedy: .init(text: say("Renueva la cédula: 8 minutos, sin costo. Guardamos tus respuestas y seguimos donde estabas.", "Renew your card: 8 minutes, free. We keep your answers.", "Поновіть посвідчення: 8 хвилин, безкоштовно. Ваші відповіді збережено."), label: say("Renovar la cédula", "Renew the card", "Поновити посвідчення"), address: "/services/card"),
            appeal: .init(until: day("2026-12-24"), body: say("la Defensoría", "the Ombudsman", "Уповноважений"), address: "/cases/1?appeal"))
    }

    package var referred: Decision {
        Decision(
            outcome: .referred, title: say("Una persona lo está revisando", "A person is looking at it", "Заяву розглядає людина"), lead: say("Tendrás la respuesta antes del 9 de diciembre.", "You will have the answer before 9 December.", "Відповідь буде до 9 грудня."), rule: rule,
            conditions: [conditions[0], Condition(met: nil, text: say("La palabra «fijo» exige juicio humano", "The word “fixed” needs a person’s judgement", "Слово «сталий» потребує судження людини"))], decider: .rule(at: Fixtures.now))
    }

    package func dryRun(_ decision: Decision) -> DryRunView { DryRunView(service: service, decision: decision, start: "/services/sole-proprietor/apply", startIsForm: true, back: "/services/sole-proprietor") }

    package func confirmation(_ decision: Decision) -> ConfirmationView {
        ConfirmationView(
            service: service, reference: "SP-2026-11807", sentAt: Fixtures.now, decision: decision, document: decision.outcome == .granted ? covers[1] : nil,
            next: [say("Tu certificado ya está en Documentos.", "Your certificate is in Documents.", "Ваше свідоцтво вже в Документах."), say("Cada enero te pediremos confirmar tu actividad.", "Each January we ask you to confirm your activity.", "Щосічня ми попросимо підтвердити діяльність.")],
            caseAddress: "/cases/1")
    }

    private var history: [CaseEvent] {
        [
            CaseEvent(at: at("2026-11-24T14:14:07Z"), title: say("Un oficial pidió un dato", "An officer asked for a detail", "Посадова особа просить відомість"), detail: trade, shape: .diamond),
            CaseEvent(at: at("2026-11-24T14:14:06Z"), title: say("La regla lo pasó a una persona", "The rule left it to a person", "Правило передало справу людині"), shape: .ring),
            CaseEvent(at: at("2026-11-23T22:14:05Z"), title: say("Enviaste la solicitud", "You sent the application", "Ви надіслали заяву"), shape: .ball),
        ]
    }

    package var openCase: CaseView {
        CaseView(
            service: service, reference: "SP-2026-11807", shape: .diamond, status: say("Espera tu respuesta", "Waits for your answer", "Чекає на вашу відповідь"), lead: say("Una persona lo está revisando.", "A person is looking at it.", "Справу розглядає людина."),
            request: .init(wanted: say("¿Tu puesto tiene buzón?", "Does your stall have a letter box?", "Чи є на вашому місці поштова скринька?"), reason: say("Para saber si recibes avisos allí.", "To know whether notices reach you there.", "Щоб знати, чи надходять туди сповіщення."), until: day("2026-11-30"), action: "/cases/1/answer"),
            answers: check.sections.flatMap(\.rows), history: history)
    }

    package var faultyCase: CaseView {
        var view = openCase
        view.faults = [FieldFault(field: "answer", message: say("Escribe la respuesta", "Enter the answer", "Введіть відповідь"))]
        return view
    }

    package var refusedCase: CaseView {
        CaseView(service: service, reference: "SP-2026-11808", shape: .square, status: "", decision: refused, appealForm: .init(action: "/cases/1/appeal"), answers: [], history: history)
    }

    // MARK: Data

    package func access(_ filter: AccessView.Filter = .all) -> AccessView {
        let entries = [
            AccessView.Entry(
                n: 5, at: at("2026-11-24T13:52:00Z"), actor: .person, body: transit, who: say("Agente 2217", "Agent 2217", "Інспектор 2217"), deed: say("Vio si tu licencia está vigente", "Saw whether your licence is valid", "Перевірено чинність посвідчення"), outcome: .done,
                reads: [.init(register: say("Conductores", "Drivers", "Водії"), fields: [say("clases", "classes", "категорії"), say("vigencia", "validity", "строк дії")])], purpose: say("Control en carretera", "Roadside check", "Дорожній контроль"),
                law: say("Ley 9 de 2019, artículo 41", "Act 9 of 2019, section 41", "Закон № 9 від 2019 р., стаття 41"), lawAddress: "/law/9-2019", contest: "/contest/5"),
            AccessView.Entry(n: 4, at: at("2026-11-24T13:40:00Z"), actor: .machine, body: nil, who: nil, deed: say("Aplicó la regla de inscripción", "Applied the rule of registration", "Застосовано правило реєстрації"), outcome: .done, reads: [.init(register: civil, fields: [say("nacimiento", "birth", "народження")])], purpose: say("Inscripción", "Registration", "Реєстрація"), law: law, caseReference: "SP-2026-11807", caseAddress: "/cases/1"),
            AccessView.Entry(n: 2, at: at("2026-11-23T22:05:00Z"), actor: .person, body: say("Banco de Ejemplo", "Example Bank", "Банк «Приклад»"), who: nil, deed: say("no tenía tu permiso", "it had no permission of yours", "не мав вашого дозволу"), outcome: .refused, reads: [], purpose: say("Crédito", "Credit", "Кредит"), law: say("Ninguna", "None", "Немає"), reference: "01J8"),
            AccessView.Entry(n: 1, at: at("2026-11-23T16:31:00Z"), actor: .you, body: nil, who: nil, deed: say("Abriste tu certificado de residencia", "You opened your certificate of residence", "Ви відкрили довідку про місце проживання"), outcome: .done, reads: [.init(register: say("Domicilios", "Addresses", "Адреси"), fields: [say("calle", "street", "вулиця")])], purpose: say("Ver tus documentos", "See your documents", "Перегляд документів"), law: law),
        ]
        let proofs = entries.map { EntryProof(number: $0.n, payload: "{}", nonce: [UInt8](repeating: 7, count: 32), place: .init(index: UInt64(17_000 + $0.n), path: []), line: nil) }
        return AccessView(
            entries: filter == .all ? entries : Array(entries.prefix(1)), filter: filter, total: 5, since: day("2024-01-01"), older: "/my-data?before=1", proof: HistoryProof(person: "8-000-0001", count: 5, checkpoint: "", entries: proofs),
            checkpointAt: at("2026-11-24T14:00:00Z"), logKeys: ["istmo.example/log+00000000+AA"])
    }

    package var noAccess: AccessView {
        AccessView(entries: [], filter: .all, total: 0, since: nil, proof: HistoryProof(person: "8-000-0001", count: 0, checkpoint: "", entries: []), checkpointAt: nil, logKeys: [])
    }

    // MARK: Verification

    package func verify(_ verdict: VerifyView.Result.Verdict?, faults: [FieldFault] = []) -> VerifyView {
        let isReadable = switch verdict {
        case .valid, .expired, .notYetValid, .unchecked, .notEntitled, .otherAudience: true
        default: false
        }
        return VerifyView(
            result: verdict.map { verdict in
                .init(
                    verdict: verdict, document: isReadable ? say("Licencia de conducir", "Driving licence", "Посвідчення водія") : nil, number: isReadable ? "LC-4718-2093" : nil,
                    rows: isReadable ? [ValueRow(label: say("Titular", "Holder", "Власник"), value: "Ejemplar P. M."), ValueRow(label: say("Vale hasta", "Valid until", "Дійсне до"), value: .date(day("2031-08-14")))] : [], issuer: isReadable ? transit : nil,
                    signed: isReadable
                        ? .init(
                            kind: verdict == .notEntitled ? "urn:elsewhere:licence" : nil, issuedAt: at("2026-11-01T12:00:00Z"), expiresAt: at("2031-08-15T05:00:00Z"),
                            hasStatus: verdict == .unchecked, shownTo: verdict == .unchecked ? ("https://bank.example", at("2026-11-23T12:00:00Z")) : nil) : nil,
                    checkedAt: Fixtures.now)
            }, faults: faults, trustList: #"{"issuers":[]}"#, stateKey: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", trustAsOf: at("2026-11-24T12:00:00Z"),
            kinds: [.init(vct: "https://istmo.example/licence", title: say("Licencia de conducir", "Driving licence", "Посвідчення водія"), number: "number", claims: [("number", say("Número", "Number", "Номер"))])], timeZone: "America/Panama")
    }

    package var verdicts: [VerifyView.Result.Verdict] {
        [.valid, .changed, .expired(at("2026-11-02T05:00:00Z")), .notYetValid(at("2026-12-01T05:00:00Z")), .unknownIssuer("https://elsewhere.example"), .malformed("not-sd-jwt", about: "form"),
            .unchecked, .notEntitled, .otherAudience]
    }

    // MARK: Workspaces

    package var queue: QueueView {
        QueueView(
            heading: say("Mi cola", "My queue", "Моя черга"), lead: say("14 casos que la regla no pudo decidir.", "14 cases that the rule could not decide.", "14 справ, яких правило не змогло вирішити."),
            items: [
                .init(reference: "11792", address: "/work/11792", service: say("Empresa individual", "Sole proprietor", "Підприємець"), question: say("¿La calle existe? El registro no la encuentra", "Does the street exist? The register does not find it", "Чи існує така вулиця? Реєстр її не знаходить"), deadline: at("2026-11-24T17:00:00Z"), shape: .diamond, status: say("Decidir hoy", "Decide today", "Вирішити сьогодні")),
                .init(reference: "11807", address: "/work/11807", service: say("Empresa individual", "Sole proprietor", "Підприємець"), question: say("¿El puesto de pesca es domicilio de trabajo?", "Is the fishing stall an address of work?", "Чи є рибне місце робочою адресою?"), deadline: at("2026-11-26T17:00:00Z"), shape: .ring, status: say("Nuevo", "New", "Нова")),
                .init(reference: "11770", address: "/work/11770", service: say("Empresa individual", "Sole proprietor", "Підприємець"), question: say("Dos personas con la misma cédula", "Two people with one number", "Двоє людей з одним номером"), deadline: nil, shape: .half, status: say("Espera respuesta", "Waits for an answer", "Чекає на відповідь")),
            ], total: 14, next: "/work?after=11770")
    }

    package var emptyQueue: QueueView { QueueView(heading: say("Mi cola", "My queue", "Моя черга"), lead: "", items: [], total: 0) }

    package var review: ReviewView {
        ReviewView(
            reference: "11807", service: say("empresa individual", "sole proprietor", "підприємець"), question: say("¿El puesto de pesca es domicilio de trabajo?", "Is the fishing stall an address of work?", "Чи є рибне місце робочою адресою?"), applicant: "Ejemplar", back: "/work", deadline: at("2026-11-26T17:00:00Z"),
            rule: Rule(quote: say("Es domicilio de trabajo el lugar fijo donde la persona puede recibir avisos.", "An address of work is the fixed place where notices reach a person.", "Робоча адреса — це стале місце, де людина може отримувати сповіщення."), law: law, address: "/law/14-2024", note: say("la palabra «fijo» exige juicio humano", "the word “fixed” needs judgement", "слово «сталий» потребує судження")),
            conditions: conditions,
            facts: [
                ValueRow(label: say("Solicitante", "Applicant", "Заявник"), value: .text(person), source: civil), ValueRow(label: say("Dirección", "Address", "Адреса"), value: "Muelle 3, puesto 41, Puerto Ejemplo", source: say("Lo declaró la persona", "Declared by the person", "Заявила людина"), asOf: at("2026-11-24T14:12:00Z")),
                ValueRow(label: say("Concesión", "Concession", "Дозвіл"), value: .date(day("2029-01-31")), source: say("Autoridad Portuaria", "Port Authority", "Портове управління")),
            ], earlier: [.init(reference: "10442", address: "/work/10442", text: say("Puesto de mercado con buzón", "Market stall with a letter box", "Ринкове місце зі скринькою"), outcome: say("Sí", "Yes", "Так"))], history: history,
            form: .init(action: "/work/11807", options: [.init(value: "grant", label: say("Sí, es domicilio de trabajo", "Yes, it is", "Так, є")), .init(value: "refuse", label: say("No lo es", "No, it is not", "Ні")), .init(value: "ask", label: say("Falta un dato; pedirlo", "Ask for one more detail", "Бракує відомості; запитати"))], chosen: "grant", reason: say("Tu puesto tiene concesión hasta 2029.", "Your stall has a concession until 2029.", "Ваше місце має дозвіл до 2029 року.")))
    }

    package var faultyReview: ReviewView {
        var view = review
        view.form?.chosen = nil
        view.form?.reason = ""
        view.faults = [FieldFault(field: "decision", message: say("Elige una decisión", "Choose a decision", "Оберіть рішення")), FieldFault(field: "reason", message: say("Escribe por qué", "Enter the reason", "Напишіть чому"))]
        return view
    }

    package var decidedReview: ReviewView {
        var view = review
        view.form = nil
        view.decision = Decision(outcome: .granted, title: say("Inscrita", "Registered", "Зареєстровано"), rule: nil, conditions: [], reason: say("Tu puesto tiene concesión hasta 2029.", "Your stall has a concession.", "Ваше місце має дозвіл."), decider: .officer("Funcionaria Inventada", body: trade, at: Fixtures.now))
        return view
    }

    package var oversight: OversightView {
        OversightView(
            size: 182_412, waiting: 3, root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", signedAt: at("2026-11-24T14:14:05Z"), origin: "istmo.example/log", logKey: "istmo.example/log+00000000+AA",
            actions: [
                .init(title: say("Leer un documento propio", "Read one’s own document", "Читання власного документа"), done: 41_230, refused: 12, failed: 0), .init(title: say("Enviar una solicitud", "Send an application", "Надсилання заяви"), done: 1_204, refused: 31, failed: 2),
                .init(title: say("Abrir un caso", "Open a case", "Відкриття справи"), done: 312, refused: 0, failed: 0),
            ],
            troubles: [
                .init(at: at("2026-11-24T13:58:00Z"), deed: say("Abrir un caso", "Open a case", "Відкриття справи"), who: trade, isRefusal: true, reference: "01J8ZZ"),
                .init(at: at("2026-11-23T21:02:00Z"), deed: say("Enviar una solicitud", "Send an application", "Надсилання заяви"), who: say("Una persona", "A citizen", "Громадянин"), isRefusal: false, reference: "01J8YY"),
            ], since: day("2026-11-01"))
    }

    package var noOversight: OversightView {
        OversightView(size: 0, waiting: 0, root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", signedAt: nil, origin: "istmo.example/log", logKey: "istmo.example/log+00000000+AA", actions: [], troubles: [], since: nil)
    }

    // MARK: Doors

    package var welcome: WelcomeView { WelcomeView(services: services.services, isDemo: true) }

    package func signIn(_ query: String = "") -> SignInView {
        SignInView(
            people: query.isEmpty ? [.init(id: "1", name: person, detail: "8-000-0001"), .init(id: "2", name: "Persona Inventada Dos", detail: "8-000-0002")] : [], query: query, total: query.isEmpty ? 10_000 : 0,
            officers: [.init(id: "o", name: "Funcionaria Inventada", detail: trade)], overseers: [.init(id: "s", name: "Supervisor Inventado", detail: say("Defensoría del Pueblo", "Ombudsman", "Уповноважений"))], next: "/documents")
    }

    package func fault(_ status: Int) -> FaultView { FaultView(status: status, reference: status == 500 ? "01j8zzq3" : nil) }

    /// Every page in every state, by the name of its file.
    package func pages(_ pages: Pages) -> [(name: String, html: String)] {
        func one<View: PageView>(_ name: String, _ view: View, _ kind: Chrome.Account.Kind? = .citizen, notices: [Chrome.Notice] = []) -> (String, String) {
            (name, pages.render(view, chrome: chrome(kind, path: "/\(name)", notices: notices)))
        }
        return [
            one("welcome", welcome, nil, notices: [.demo]), one("signin", signIn(), nil, notices: [.demo, .plainAddress]), one("signin-nobody", signIn("zzz"), nil), one("home", home), one("home-empty", emptyHome, notices: [.readOnly]),
            one("documents", documents), one("documents-empty", noDocuments), one("document", document), one("document-expired", expiredDocument), one("services", services), one("services-none", nothingFound),
            one("start", start), one("question", question), one("question-faults", faultyQuestion), one("register", register), one("tasks", tasks), one("check", check), one("dryrun-granted", dryRun(granted)), one("dryrun-refused", dryRun(refused)),
            one("confirmation-granted", confirmation(granted)), one("confirmation-refused", confirmation(refused)), one("confirmation-referred", confirmation(referred)), one("case-open", openCase), one("case-faults", faultyCase),
            one("case-refused", refusedCase), one("access", access()), one("access-people", access(.people)), one("access-empty", noAccess), one("verify", verify(nil), nil),
            one("verify-faults", verify(nil, faults: [FieldFault(field: "document", message: "·")]), nil), one("queue", queue, .officer), one("queue-empty", emptyQueue, .officer), one("review", review, .officer), one("review-faults", faultyReview, .officer),
            one("review-decided", decidedReview, .officer), one("oversight", oversight, .overseer), one("oversight-empty", noOversight, nil),
            one("rules", rules, nil), one("rules-empty", RulesView(rules: []), nil), one("rule", ruleView, nil), one("rule-earlier", earlierRule),
        ]
            + questions.enumerated().map { one("question-\($0)", $1) } + verdicts.enumerated().map { one("verdict-\($0)", verify($1), nil) } + FaultView.statuses.map { one("fault-\($0)", fault($0)) }
    }
}
