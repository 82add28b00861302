import Kernel
import Messages
import Testing

@Suite("Forms are read by bytes")
struct FormTests {
    private func urlEncoded(_ text: String) throws -> FormFields { try URLEncodedForm.read(Array(text.utf8)) }

    /// A form in pieces of a size.
    private func multipart(_ bytes: [UInt8], piece: Int? = nil, boundary: String = "b") throws -> FormFields {
        var reader = try #require(MultipartForm(contentType: "multipart/form-data; boundary=\(boundary)"))
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + (piece ?? bytes.count))
            try reader.feed(bytes[start..<end])
            start = end
        }
        return try reader.finish()
    }

    private func part(_ name: String, _ value: String, file: String? = nil, boundary: String = "b") -> String {
        let suffix = file.map { "; filename=\"\($0)\"" } ?? ""
        return "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(suffix)\r\n\r\n\(value)\r\n"
    }

    @Test func `fields are decoded, and lists keep their order`() throws {
        let form = try urlEncoded("a=1+2&list=x&b=%C3%B1%26&list=y&&empty=&bare")
        #expect(form["a"] == "1 2" && form["b"] == "ñ&" && form["empty"] == "" && form["bare"] == "" && form["none"] == nil)
        #expect(form.all("list") == ["x", "y"])
        #expect(form["list"] == nil, "a name that stands twice has no value of its own")
        #expect(form.repeats { $0 == "list" } == false && form.repeats { _ in false })
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%00", "%ff=1", "a=%C3", "a=\u{0}"]) func `what is no text is refused`(text: String) {
        #expect(throws: FormFault.malformed) { try urlEncoded(text) }
    }

    @Test func `names that look the same and have other bytes are other names`() throws {
        let form = try urlEncoded("%C3%A9=1&e%CC%81=2")
        #expect(form["\u{E9}"] == "1" && form["e\u{301}"] == "2" && !form.repeats { _ in false })
    }

    @Test func `more fields than a form of ours has, and names longer than ours, are refused`() throws {
        #expect(throws: FormFault.tooManyFields) { try urlEncoded(String(repeating: "a=1&", count: 501)) }
        _ = try urlEncoded(String(repeating: "a=1&", count: 500))
        #expect(throws: FormFault.malformed) { try urlEncoded(String(repeating: "n", count: 257) + "=1") }
        #expect(try urlEncoded("k=" + String(repeating: "x", count: 257)).word("k") == nil)
    }

    @Test func `a token is found without reading the form, and not when it stands twice`() {
        func token(_ text: String) -> String? { URLEncodedForm.bareValue("csrf", in: Array(text.utf8)) }
        #expect(token("csrf=abc&x=%zz") == "abc" && token("x=1&csrf=abc") == "abc" && token("csrf=") == "")
        #expect(token("csrf=a&csrf=b") == nil && token("xcsrf=a") == nil && token("csrfx=a") == nil && token("csrf") == nil && token("") == nil)
    }

    @Test func `the parts of a form are read, whatever pieces it comes in`() throws {
        let file = "%PDF-1.7\r\n--not\r\n--c x\n\r\r\n-"
        let text = part("csrf", "token") + part("note", "dos\r\nlíneas") + part("paper", file, file: "../a.pdf") + part("none", "", file: "") + "--b--\r\n"
        for piece in [nil, 1, 2, 3, 5, 7, 64] {
            let form = try multipart(Array(text.utf8), piece: piece)
            #expect(form["csrf"] == "token" && form["note"] == "dos\r\nlíneas")
            #expect(form.file("paper")?.bytes == Array(file.utf8), "in pieces of \(piece ?? 0)")
            #expect(form.file("none") == nil && form["paper"] == nil)
        }
    }

    @Test func `an empty value and a value of line breaks are kept`() throws {
        let form = try multipart(Array((part("a", "") + part("b", "\r\n\r\n") + "--b--").utf8))
        #expect(form["a"] == "" && form["b"] == "\r\n\r\n")
    }

    @Test(arguments: [
        "", "--b", "x--b\r\n", "--b\r\n\r\nvalue\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--", "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--", "--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''x\r\n\r\n1\r\n--b--",
        "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\u{0}\r\n--b--",
    ]) func `what no browser sends is refused`(text: String) {
        for piece in [nil, 1] { #expect(throws: FormFault.self) { try multipart(Array(text.utf8), piece: piece) } }
    }

    @Test func `a part's head has its limit`() {
        let head = "--b\r\nX: " + String(repeating: "x", count: 5_000) + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"
        for piece in [nil, 100] { #expect(throws: FormFault.malformed) { try multipart(Array(head.utf8), piece: piece) } }
        #expect(throws: FormFault.tooManyFields) {
            try multipart(Array((String(repeating: part("f", "1", file: "f"), count: 9) + "--b--").utf8))
        }
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a\u{e9}\"", "text/plain; boundary=b",
        "multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=a\\b", "multipart/mixed; boundary=b",
    ]) func `a boundary is one, and of its own letters`(type: String) {
        #expect(MultipartForm(contentType: type) == nil)
        #expect(MultipartForm(contentType: "multipart/form-data; boundary=" + String(repeating: "b", count: 71)) == nil)
        #expect(MultipartForm(contentType: "Multipart/Form-Data; charset=utf-8; Boundary=\"a b'()+_,-./:=?c\"") != nil)
    }

    @Test func `a token is known when it has come, and missed when a file or too much came before it`() throws {
        func arrival(_ text: String) throws -> MultipartForm.Arrival {
            var reader = try #require(MultipartForm(contentType: "multipart/form-data; boundary=b"))
            try reader.feed(Array(text.utf8))
            return reader.arrival(of: "csrf")
        }
        #expect(try arrival("--b\r\nContent-Dispo") == .notYet)
        #expect(try arrival(part("csrf", "token") + "--b\r\nCont") == .here("token"))
        #expect(try arrival(part("a", "1") + part("csrf", "token") + "--b\r\nCont") == .here("token"))
        #expect(try arrival(part("csrf", "token") + part("csrf", "token") + "--b\r\nCont") == .missing)
        #expect(try arrival(part("f", "x", file: "f") + part("csrf", "token")) == .missing)
        #expect(try arrival("--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nx") == .missing)
        #expect(try arrival("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + String(repeating: "x", count: 17_000)) == .missing)
        #expect(try arrival(part("a", "1") + "--b--") == .missing)
    }
}
