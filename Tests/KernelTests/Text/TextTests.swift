import Kernel
import Testing

@Suite struct `Byte strings` {
    @Test func `canonically equivalent texts are two names`() {
        let composed = ByteString("caf\u{E9}"), decomposed = ByteString("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(ByteString("\u{212A}") != ByteString("K"))
        #expect(decomposed < composed)
        #expect([composed: 1, decomposed: 2][ByteString("caf\u{E9}")] == 1)
    }

    @Test func `a part of a longer text is the name that it spells`() {
        let whole = "name=value"
        #expect(ByteString(whole.prefix(4)) == "name")
        #expect(whole.prefix(4).hasSameBytes(as: "name"))
        #expect("a".precedesByBytes("b") && !"b".precedesByBytes("b"))
    }
}

@Suite struct `Text of people` {
    @Test(arguments: [
        "", "   ", "Café Ñandú 2", "Владислав’s О’Коннор", "Nguyễn Thị Hợp", "e\u{323}\u{302}x", "Ọ̀ṣun", "日本 3", "Tea & <b>\"x\"</b>", "½", "x😀",
        "Panadería\u{A0}Sol", "שָׁלוֹם",
    ])
    func `what people write may stand`(_ text: String) {
        #expect(PeopleText.fault(in: text) == nil)
    }

    @Test(arguments: [
        ("\u{200B}\u{200B}\u{200B}", PeopleTextFault.Kind.invisible), ("a\u{202E}b", .invisible), ("a\u{2066}b", .invisible), ("a\u{200D}b", .invisible),
        ("a\u{AD}b", .invisible), ("\u{600}<", .invisible), ("\u{6DD}1", .invisible), ("\u{D4E}<", .invisible), ("\u{110BD}x", .invisible),
        ("\u{111C2}x", .invisible), ("\u{113D1}x", .invisible), ("\u{3164}", .invisible), ("\u{115F}a", .invisible), ("a\u{FE0F}", .invisible),
        ("a\u{E0041}", .invisible), ("a\u{E000}", .invisible), ("a\u{FFFE}", .invisible), ("a\u{2028}b", .invisible), ("\u{2800}", .invisible),
        ("a\u{34F}b", .invisible), ("a\u{7}b", .control), ("a\u{1B}[2K", .control), ("a\nb", .control), ("a\u{85}b", .control), ("a\u{0}", .control),
        ("a\u{7F}", .control), ("a\u{301}\u{301}\u{301}\u{301}\u{301}", .stacked), ("...", .meaningless), ("😀", .meaningless), ("\u{301}", .meaningless),
    ])
    func `what nobody can see, or what towers, is refused`(_ text: String, _ kind: PeopleTextFault.Kind) {
        #expect(PeopleText.fault(in: text)?.kind == kind)
    }

    @Test func `paragraphs have line feeds, a line has none`() {
        #expect(PeopleText.fault(in: "one\r\n\ttwo", as: .paragraphs) == nil)
        #expect(PeopleText.fault(in: "one\u{B}two", as: .paragraphs)?.kind == .control)
    }

    @Test func `the limit counts scalars, and the text behind it is not read`() {
        let marks = "a" + String(repeating: "\u{301}", count: 4)
        #expect(PeopleText.fault(in: marks, scalarsMax: 5) == nil)
        #expect(PeopleText.fault(in: marks, scalarsMax: 4)?.kind == .tooLong)
        #expect(throws: PeopleTextFault.self) { try PeopleText("ab", scalarsMax: 1) }
    }

    @Test func `a fault names the character and its place in each language, and repeats nothing of the text`() {
        let fault = PeopleText.fault(in: "ab\u{200B}secret")
        #expect(fault?.scalarName == "U+200B")
        #expect(fault?.code == "text.invisible")
        for language in ["es", "en", "uk"] {
            let message = fault?.message[language] ?? ""
            #expect(message.contains("U+200B") && message.contains("3") && !message.contains("secret"))
        }
    }
}
