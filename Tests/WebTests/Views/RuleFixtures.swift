import Decisions
import Kernel
import Templates
import Web

extension Fixtures {
    private func say(_ es: String, _ en: String, _ uk: String) -> String { (["es": es, "uk": uk][language] ?? en) + ending }

    var rules: RulesView {
        RulesView(rules: [RowView(title: say("Inscribe tu empresa", "Register your business", "Зареєструйте бізнес"), meta: "0123456789ab", address: "/rules/business")])
    }

    private var grown: String { say("Mayoría de edad", "Of age", "Повноліття") }
    private var fee: String { say("Tasa <a pagar>", "Fee <to pay>", "Збір <до сплати>") }
    private var age: String { say("Edad", "Age", "Вік") }
    private var law: RuleView.Link { RuleView.Link(say("Ley 14 de 2024", "Act 14 of 2024", "Закон № 14 від 2024 р."), "/law/14-2024") }

    private var picture: Markup? {
        let graph = RequirementGraph(
            nodes: [
                .init(id: "fee", label: fee, kind: .decision, address: "#decision-fee"), .init(id: "grown", label: grown, kind: .decision, address: "#decision-grown"),
                .init(id: "age", label: age, kind: .input, address: "#fact-age"), .init(id: "law", label: law.text, kind: .source, address: law.address), .init(id: "rate", label: "rate", kind: .knowledge),
                .init(id: "all", label: say("Todo junto", "All together", "Усе разом"), kind: .service),
            ],
            edges: [
                .init(from: "grown", to: "fee", relation: .information), .init(from: "age", to: "grown", relation: .information), .init(from: "law", to: "grown", relation: .authority),
                .init(from: "rate", to: "fee", relation: .knowledge), .init(from: "fee", to: "all", relation: .part),
            ])
        return GraphLayout(graph).map { GraphPicture($0, .init(title: fee, description: grown, kinds: [.decision: say("Decisión", "Decision", "Рішення")])).svg(id: "graph") }
    }

    private var table: RuleTable {
        RuleTable(
            caption: grown, policy: "U", policyKey: "unique",
            inputs: [.init(label: age, code: "age", allowed: say("de 0 a 120", "from 0 to 120", "від 0 до 120")), .init(label: say("Vive aquí", "Lives here", "Живе тут"), code: nil)],
            outputs: [.init(label: say("Respuesta", "Answer", "Відповідь"), code: "outcome", allowed: "a, b")],
            lines: [
                .init(
                    cells: [.init(words: say("18 o más", "18 or more", "18 або більше"), code: ">= 18"), .init(words: nil, code: "-", isAny: true)], outputs: [.init(words: say("Sí", "Yes", "Так"), code: "true")],
                    sentence: say("Quien tenga 18 años, puede.", "Whoever is 18 may.", "Хто має 18 років, той може."), law: law, notes: [(label: "remark", text: "<i>x</i>")]),
                .init(cells: [.init(words: nil, code: "? < today.year & more"), .init(words: say("No", "No", "Ні"), code: "false")], outputs: [.init(words: nil, code: "n * 2")], sentence: nil, law: nil, notes: []),
            ], count: 612, standard: [.init(words: say("No", "No", "Ні"), code: "false")],
            proof: .init(isProven: true, text: say("Demostrado.", "Proven.", "Доведено.")))
    }

    /// Every kind of box.
    private var boxes: Box {
        .pairs(
            caption: say("Paso a paso", "Step by step", "Крок за кроком"),
            [
                .init(label: "base", isCode: true, box: .expression("if a < b then \"x\" else \"y\"")),
                .init(label: "steps", isCode: true, box: .list(caption: say("Una lista de", "A list of", "Список"), [.expression("1"), .expression("base")])),
                .init(label: "none", isCode: true, box: .list(caption: say("Una lista de", "A list of", "Список"), [])),
                .init(label: "empty", isCode: true, box: .pairs(caption: say("Paso a paso", "Step by step", "Крок за кроком"), [])),
                .init(label: "towns", isCode: true, box: .grid(caption: "towns", columns: ["town", "sum"], rows: [[.expression("\"a\""), .expression("12")], [.expression("\"b\""), .expression("9")]])),
                .init(
                    label: say("Resultado", "Result", "Результат"), isCode: false,
                    box: .table(RuleTable(caption: fee, policy: "C+", policyKey: "collectSum", inputs: [], outputs: [.init(label: fee, code: nil)], lines: [], count: 0, standard: [nil], proof: .init(isProven: nil, text: "·")))),
            ])
    }

    var ruleView: RuleView {
        let zero = SHA256.hash(Array("decision.dmn".utf8))
        return RuleView(
            title: say("Inscribe tu empresa", "Register your business", "Зареєструйте бізнес"), question: say("¿Puede inscribirse?", "May it be registered?", "Чи можна зареєструвати?"),
            body: say("Registro Mercantil", "Business Register", "Реєстр підприємців"), law: Rule(quote: grown, law: law.text, address: law.address), service: "business", version: zero, isCurrent: true,
            facts: [
                .init(anchor: "fact-age", label: age, name: "age", source: say("Registro Civil", "Civil Register", "Реєстр цивільного стану"), sourceAddress: "/registers/person", expression: "today.year - applicant.born < 200"),
                .init(anchor: "fact-kind", label: say("Actividad", "Activity", "Діяльність"), name: "kind", source: nil, sourceAddress: nil, expression: "application.kind"),
            ],
            picture: picture, legend: [say("Recuadro: una decisión", "Box: a decision", "Прямокутник: рішення")],
            parts: [
                .init(link: .init(fee, "#decision-fee"), kind: say("Decisión", "Decision", "Рішення"), needs: [(say("necesita", "needs", "потребує:"), [.init(grown, "#decision-grown"), .init("rate", nil)])]),
                .init(link: .init(grown, "#decision-grown"), kind: say("Decisión", "Decision", "Рішення"), needs: [(say("necesita", "needs", "потребує:"), [.init(age, "#fact-age")]), (say("se basa en", "rests on", "спирається на:"), [law])]),
                .init(link: .init(say("Todo junto", "All together", "Усе разом"), nil), kind: say("Conjunto", "Set", "Набір"), needs: []),
            ],
            sections: [
                .init(
                    anchor: "decision-grown", label: grown, kind: say("Decisión", "Decision", "Рішення"), name: "grown", question: say("¿Es mayor de edad?", "Is the person of age?", "Чи особа повнолітня?"), laws: [law, law],
                    logic: .table(table), version: zero),
                .init(anchor: "decision-fee", label: fee, kind: say("Decisión", "Decision", "Рішення"), name: "fee", question: nil, laws: [], logic: boxes),
                .init(anchor: "decision-none", label: "none", kind: say("Cálculo", "Calculation", "Обчислення"), name: "none", question: nil, laws: [], logic: nil),
            ],
            files: [.init(address: "/rules/business/decision.dmn", name: "decision.dmn", hash: zero, bytes: 12_345), .init(address: "/rules/business/imports/1", name: "fees.dmn", hash: zero, bytes: 1)], command: "dovira decide FOLDER business INPUT.json --trace")
    }

    var earlierRule: RuleView {
        var view = ruleView
        view.isCurrent = false
        view.picture = nil
        view.legend = []
        return view
    }
}
