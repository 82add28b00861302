import Kernel
import Messages
import Testing

@Suite("Header fields and queries are read by bytes")
struct FieldTests {
    @Test func `a query's value is found by its name's bytes`() {
        func value(_ name: ByteString, _ query: String) -> String? { URLEncodedForm.value(name, inQuery: query) }
        #expect(value("q", "a=1&q=caf%C3%A9+x") == "café x" && value("q", "q") == "" && value("q", "%71=1") == "1")
        #expect(value("q", "") == nil && value("q", "qq=1") == nil && value("q", "q=%zz") == nil && value("q", "q=%ff") == nil)
        #expect(value("q", "q=1&q=2") == nil, "one reader would take the first, another the last")
        #expect(value("\u{E9}", "e%CC%81=1") == nil)
        #expect(value("a b", "a+b=1") == "1" && value("a b", "a%20b=1") == "1" && value("q", "%7=1") == nil && value("q", "%7") == nil && value("qq", "q") == nil)
    }

    @Test func `a cookie is found among others`() {
        #expect(CookieField.value("session", in: "a=1; session=x=y; session=z") == "x=y")
        #expect(CookieField.value("session", in: "xsession=1;session=2") == "2")
        #expect(CookieField.value("session", in: "session") == nil && CookieField.value("session", in: "sessions=1") == nil)
    }

    @Test(arguments: ["a", "a.example:8080", "127.0.0.1:1", "[::1]", "[::1]:80", "a_b-c.example", "LOCALHOST:", "x:65535"])
    func `a host may be this`(host: String) { #expect(HostField.isValid(host)) }

    @Test(arguments: ["", ":80", "a b", "a<b>", "a/b", "a@b", "a,b", "[::1", "[]", "[x]", "a:b", "a:123456", "ñ.example", "a\u{301}", "[::1]x"])
    func `a host cannot be this`(host: String) {
        #expect(!HostField.isValid(host))
        #expect(!HostField.isValid(String(repeating: "a", count: 256)))
    }

    @Test(arguments: [
        // origin, site, host, secure, own
        (nil, nil, "a.example", true, true), ("https://a.example", nil, "a.example", true, true), ("https://A.example:443", nil, "a.example", true, true),
        ("https://a.example", nil, "a.example:443", true, true), ("http://a.example:80", "same-origin", "a.example", false, true),
        ("null", "same-origin", "a.example", true, true), (nil, "none", "a.example", true, true), ("null", nil, "a.example", true, false),
        ("http://a.example", nil, "a.example", true, false), ("https://a.example", nil, "a.example", false, false),
        ("https://evil.example", nil, "a.example", true, false), ("https://a.example", "cross-site", "a.example", true, false),
        (nil, "same-site", "a.example", true, false), ("https://a.example:8443", nil, "a.example", true, false),
        ("https://a.example/", nil, "a.example", true, false), ("https://a.example", nil, nil, true, false),
        ("", nil, "a.example", true, false), ("null", "cross-site", "a.example", true, false), ("https://a.example", "SAME-ORIGIN", "a.example", true, false),
    ] as [(String?, String?, String?, Bool, Bool)])
    func `a form comes from a page of ours when scheme, host and port say so`(
        origin: String?, site: String?, host: String?, isSecure: Bool, isOwn: Bool
    ) {
        #expect(OriginField.isOwn(origin: origin, site: site, host: host, isSecure: isSecure) == isOwn)
    }

    @Test func `a reader's languages are weighed`() {
        func preferred(_ header: String) -> String? { LanguageField.preferred(header, among: ["es", "en", "uk"]) }
        #expect(preferred("uk-UA,uk;q=0.9,en;q=0.8") == "uk" && preferred("fr, en;q=0.5, es;q=0.7") == "es" && preferred("EN-gb") == "en")
        #expect(preferred("") == nil && preferred("fr") == nil && preferred("uk;q=0") == nil && preferred("e\u{301}s") == nil)
        #expect(preferred(String(repeating: "fr,", count: 1_000) + "en") == nil, "a list without an end is not read to it")
        #expect(preferred("en;q=x, uk;q=0.001") == "uk" && preferred("en;q=9,uk") == "en")
    }
}
