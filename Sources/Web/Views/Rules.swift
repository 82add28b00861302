package import Kernel
package import Templates

/// All rules by which the state decides.
package struct RulesView: PageView {
    package static let template = "rules"
    package var rules: [RowView]

    package init(rules: [RowView]) { self.rules = rules }

    package func title(_ words: Words) -> String { words("rules.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        ["rules": rules.map { $0.fields(words) }, "none": rules.isEmpty, "asOf": words("rules.asOf", ["date": words.date(words.today)])]
    }
}

/// One service's rule, whole: what it decides, what it looks at, how its parts hang together, each table, and how to recompute it.
package struct RuleView: PageView {
    package static let template = "rule-page"

    /// Something that the rule wants to know.
    package struct Fact: Sendable {
        package var anchor: String
        package var label: String
        /// Its name in the rule.
        package var name: String
        /// "Registro Civil"; nil for what the applicant says herself.
        package var source: String?
        package var sourceAddress: String?
        /// FEEL: how it is found in the source.
        package var expression: String

        package init(anchor: String, label: String, name: String, source: String?, sourceAddress: String?, expression: String) {
            self.anchor = anchor
            self.label = label
            self.name = name
            self.source = source
            self.sourceAddress = sourceAddress
            self.expression = expression
        }
    }

    package struct Link: Hashable, Sendable {
        package var text: String
        package var address: String?

        package init(_ text: String, _ address: String?) {
            self.text = text
            self.address = address
        }

        var fields: Fields { ["text": text, "address": address, "plain": address == nil] }
    }

    /// A part of the rule in the list that says what the picture shows.
    package struct Part: Sendable {
        package var link: Link
        package var kind: String
        /// "needs": what, by the way in which it is needed.
        package var needs: [(word: String, links: [Link])]

        package init(link: Link, kind: String, needs: [(word: String, links: [Link])]) {
            self.link = link
            self.kind = kind
            self.needs = needs
        }
    }

    /// A decision or a calculation, whole.
    package struct Section: Sendable {
        package var anchor: String
        package var label: String
        package var kind: String
        /// Its name in the rule.
        package var name: String
        package var question: String?
        package var laws: [Link]
        package var logic: Box?
        /// The hash of what is decided here and of all that it rests on; the account of a decision names it.
        package var version: Digest?

        package init(anchor: String, label: String, kind: String, name: String, question: String?, laws: [Link], logic: Box?, version: Digest? = nil) {
            self.anchor = anchor
            self.label = label
            self.kind = kind
            self.name = name
            self.question = question
            self.laws = laws
            self.logic = logic
            self.version = version
        }
    }

    /// A file to download, with its hash.
    package struct File: Sendable {
        package var address: String
        package var name: String
        package var hash: Digest
        package var bytes: Int

        package init(address: String, name: String, hash: Digest, bytes: Int) {
            self.address = address
            self.name = name
            self.hash = hash
            self.bytes = bytes
        }
    }

    package var title: String
    package var question: String?
    package var body: String
    package var law: Rule
    /// The service's start page.
    package var service: String
    /// The hash of all the service's files.
    package var version: Digest
    /// Whether applications that are made now are decided by this version.
    package var isCurrent: Bool
    package var facts: [Fact]
    /// The requirement graph as SVG; nil where it is too large for a picture.
    package var picture: Markup?
    /// What the picture's shapes mean.
    package var legend: [String]
    package var parts: [Part]
    package var sections: [Section]
    /// The rule's own file, and the models that it imports.
    package var files: [File]
    /// What is typed to recompute a decision.
    package var command: String

    package init(
        title: String, question: String?, body: String, law: Rule, service: String, version: Digest, isCurrent: Bool, facts: [Fact], picture: Markup?,
        legend: [String], parts: [Part], sections: [Section], files: [File], command: String
    ) {
        self.title = title
        self.question = question
        self.body = body
        self.law = law
        self.service = service
        self.version = version
        self.isCurrent = isCurrent
        self.facts = facts
        self.picture = picture
        self.legend = legend
        self.parts = parts
        self.sections = sections
        self.files = files
        self.command = command
    }

    package var frame: Frame { .wide }
    package var stylesheet: String? { "rules.css" }
    package func title(_ words: Words) -> String { words("rules.of", ["service": title]) }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "back": Address.rules, "backLabel": words("rules.title"), "title": title, "question": question, "law": law.fields(words),
            "strip": [
                ["label": words("rules.body"), "value": body],
                ["label": words("rules.applied"), "value": isCurrent ? words("rules.appliedNow", ["date": words.shortDate(words.today)]) : words("rules.appliedBefore")],
                ["label": words("rules.version"), "value": String(version.hex.prefix(12))],
            ] as [Fields],
            "earlier": isCurrent ? nil : Address.rule(of: service), "service": "\(Address.services)/\(Address.escaped(service))",
            "facts": facts.map { fact -> Fields in
                [
                    "anchor": fact.anchor, "label": fact.label, "name": fact.name, "expression": fact.expression,
                    "source": fact.source.map { Link($0, fact.sourceAddress).fields }, "own": fact.source == nil,
                ]
            },
            "hasFacts": !facts.isEmpty,
            "graph": picture, "legend": legend, "hasLegend": picture != nil && !legend.isEmpty,
            "tooLarge": picture == nil && !parts.isEmpty ? words.count("rules.tooLarge", parts.count) : nil, "hasParts": !parts.isEmpty,
            "parts": parts.map { part -> Fields in
                [
                    "link": part.link.fields, "kind": part.kind, "hasNeeds": !part.needs.isEmpty,
                    "needs": part.needs.map { ["word": $0.word, "links": RuleView.listed($0.links)] as Fields },
                ]
            },
            "sections": sections.map { section -> Fields in
                [
                    "anchor": section.anchor, "label": section.label, "kind": section.kind, "name": section.name, "question": section.question,
                    "laws": section.laws.map(\.fields), "hasLaws": !section.laws.isEmpty, "box": section.logic?.fields(words, drawing), "empty": section.logic == nil,
                    "version": section.version.map { String($0.hex.prefix(12)) },
                ]
            },
            "files": files.map { file -> Fields in
                [
                    "address": file.address, "label": words("rules.download", ["name": file.name]), "size": words("rules.bytes", ["count": words.number(file.bytes)]),
                    "hash": file.hash.hex, "name": file.name,
                ]
            },
            "versionHash": version.hex, "command": command,
        ]
    }

    /// Links with what stands between them, so that a list of them reads as a sentence.
    private static func listed(_ links: [Link]) -> [Fields] {
        links.enumerated().map { place, link in link.fields.merging(["comma": place < links.count - 1]) }
    }
}

/// The logic of a decision as the page shows it: an expression, or a table of further boxes.
package indirect enum Box: Sendable {
    case expression(String)
    /// A label and a value per line: contexts, calls, conditions, loops, functions.
    case pairs(caption: String, [Pair])
    case list(caption: String, [Box])
    case grid(caption: String, columns: [String], rows: [[Box]])
    case table(RuleTable)

    package struct Pair: Sendable {
        package var label: String
        /// Whether the label is a name of the rule's language.
        package var isCode: Bool
        package var box: Box

        package init(label: String, isCode: Bool, box: Box) {
            self.label = label
            self.isCode = isCode
            self.box = box
        }
    }

    static let template = "box"

    /// Drawn by itself, to stand in the box that holds it.
    private func markup(_ words: Words, _ drawing: Drawing) -> Markup { drawing.box.markup(fields(words, drawing)) }

    func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let none: Fields = ["expression": nil, "pairs": nil, "list": nil, "grid": nil, "table": nil]
        switch self {
        case .expression(let text): return none.merging(["expression": text])
        case .pairs(let caption, let pairs):
            let items = pairs.map { pair -> Fields in
                ["label": pair.label, "code": pair.isCode, "plain": !pair.isCode, "box": pair.box.markup(words, drawing)]
            }
            return none.merging(["pairs": ["caption": caption, "items": items, "none": items.isEmpty, "noneText": words("rules.none")] as Fields])
        case .list(let caption, let items):
            let boxes = items.map { ["box": $0.markup(words, drawing)] as Fields }
            return none.merging(["list": ["caption": caption, "items": boxes, "none": items.isEmpty, "noneText": words("rules.none")] as Fields])
        case .grid(let caption, let columns, let rows):
            let lines = rows.map { row -> Fields in
                ["cells": zip(columns, row).map { ["label": $0, "box": $1.markup(words, drawing)] as Fields }]
            }
            return none.merging(["grid": ["caption": caption, "columns": columns, "rows": lines] as Fields])
        case .table(let table): return none.merging(["table": table.fields(words)])
        }
    }
}

/// A decision table: who reads it sees the rule in words first, and the rule's own language beside it.
package struct RuleTable: Sendable {
    package struct Column: Sendable {
        package var label: String
        /// The input's expression or the output's name in the rule; nil where the label says it.
        package var code: String?
        /// The values that there may be, an output's in the order of their weight.
        package var allowed: String?

        package init(label: String, code: String?, allowed: String? = nil) {
            self.label = label
            self.code = code
            self.allowed = allowed
        }
    }

    package struct Cell: Sendable {
        /// In the reader's words; nil where only the expression says it.
        package var words: String?
        /// In the rule's language; empty where the words say it exactly.
        package var code: String
        /// Whether any value will do.
        package var isAny: Bool

        package init(words: String?, code: String, isAny: Bool = false) {
            self.words = words
            self.code = code
            self.isAny = isAny
        }
    }

    package struct Line: Sendable {
        package var cells: [Cell]
        package var outputs: [Cell]
        package var sentence: String?
        package var law: RuleView.Link?
        /// Annotations that are neither sentence nor law.
        package var notes: [(label: String, text: String)]

        package init(cells: [Cell], outputs: [Cell], sentence: String?, law: RuleView.Link?, notes: [(label: String, text: String)]) {
            self.cells = cells
            self.outputs = outputs
            self.sentence = sentence
            self.law = law
            self.notes = notes
        }
    }

    /// What was proven of the table when the rule was read.
    package struct Proof: Hashable, Sendable {
        /// True: proven; false: the contrary was found; nil: neither.
        package var isProven: Bool?
        package var text: String

        package init(isProven: Bool?, text: String) {
            self.isProven = isProven
            self.text = text
        }
    }

    /// Rules on one page; the others are in the file.
    package static let linesMax = 500

    package var caption: String
    /// The letter in the table's corner.
    package var policy: String
    /// The key of the sentence that says what the letter means.
    package var policyKey: String
    package var inputs: [Column]
    package var outputs: [Column]
    package var lines: [Line]
    /// How many rules there are, those that are not shown among them.
    package var count: Int
    /// What holds where no rule applies, by output; nil where there is no default.
    package var standard: [Cell?]
    package var proof: Proof?

    package init(
        caption: String, policy: String, policyKey: String, inputs: [Column], outputs: [Column], lines: [Line], count: Int, standard: [Cell?], proof: Proof? = nil
    ) {
        self.caption = caption
        self.policy = policy
        self.policyKey = policyKey
        self.inputs = inputs
        self.outputs = outputs
        self.lines = lines
        self.count = count
        self.standard = standard
        self.proof = proof
    }

    private static func mark(_ isProven: Bool?) -> Markup {
        switch isProven {
        case true?: Drawing.tick
        case false?: Drawing.cross
        case nil: Drawing.shape(.ring)
        }
    }

    private var isExplained: Bool { lines.contains { $0.sentence != nil || $0.law != nil || !$0.notes.isEmpty } }

    func fields(_ words: Words) -> Fields {
        func head(_ column: Column) -> Fields {
            ["label": column.label, "code": column.code, "allowed": column.allowed.map { words("rules.allowed", ["values": $0]) }]
        }
        func cell(_ cell: Cell, _ column: Column) -> Fields {
            [
                "label": column.label, "words": cell.words, "code": cell.isAny ? nil : cell.code, "any": cell.isAny, "anyText": words("rules.any"),
            ]
        }
        let isExplained = isExplained
        return [
            "caption": caption, "policy": policy, "policyText": words("rules.\(policyKey)"),
            "inputs": inputs.map(head), "outputs": outputs.map(head), "hasInputs": !inputs.isEmpty, "inputCount": inputs.count, "outputCount": outputs.count,
            "explained": isExplained,
            "lines": lines.enumerated().map { place, line -> Fields in
                [
                    "number": place + 1, "spoken": words("rules.rule", ["number": words.number(place + 1)]),
                    "cells": zip(line.cells, inputs).map(cell), "outputs": zip(line.outputs, outputs).map(cell),
                    "explained": isExplained, "why": words("rules.why"), "sentence": line.sentence, "law": line.law?.fields,
                    "notes": line.notes.map { ["label": $0.label, "text": $0.text] as Fields },
                ]
            },
            "none": lines.isEmpty, "span": inputs.count + outputs.count + (isExplained ? 2 : 1),
            "standard": standard.contains { $0 != nil }
                ? ["span": inputs.count, "hasInputs": !inputs.isEmpty, "explained": isExplained, "why": words("rules.why"),
                    "outputs": zip(standard, outputs).map { cell($0 ?? Cell(words: nil, code: "null"), $1) }] as Fields : nil,
            "proof": proof.map { ["text": $0.text, "mark": RuleTable.mark($0.isProven)] as Fields },
            "more": count > lines.count ? words("rules.more", ["shown": words.number(lines.count), "total": words.number(count)]) : nil,
        ]
    }
}
