import Kernel
import Testing

@Suite("JSON: an object's text, handed on as it stands") struct JSONObjectTextTests {
    @Test(arguments: [
        "{}", #"{"a":1}"#, #"{"a":{"b":[1,{"c":"}"}]},"d":"x,y","e":[]}"#, #"{"q\"u":"\\","\u00e9":null,"ñandú":"{[,:"}"#,
        #"{"":"","z":[[],{}],"t":true}"#,
    ])
    func `names are those that reading it finds`(text: String) throws {
        let known = try #require(JSONObjectText(text))
        #expect(known.keys == (try JSON.parse(text).object?.keys))
        #expect(known.text == text)
    }

    @Test(arguments: [
        "", "{", "}", "[]", "null", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#, #"{"a":1}}"#, #"{"a":1} "#, #" {"a":1}"#, #"{a:1}"#,
        #"{"a":"1}"#, #"{"a":[1}"#, #"{"a\":1}"#, #"{"a":1,"b":{}"#, "{\"a\u{1}\":1}", #"{"\x":1}"#,
    ])
    func `what is no object has no names`(text: String) {
        #expect(JSONObjectText(text) == nil)
    }

    @Test func `written member by member, an object reads as it would from its values`() throws {
        let claims: JSONObject = ["name": "Ana \"Ñ\" \u{1}", "list": ["PA", 3]]
        var writer = JSONObjectWriter(reserving: 16)
        writer.member("id", "x\\y")
        writer.member("claims", try #require(JSONObjectText(JSON.object(claims).canonical)))
        writer.member("empty", "")
        let written = writer.finished()
        #expect(try JSON.parse(written) == ["id": "x\\y", "claims": .object(claims), "empty": ""])
        #expect(written == (try JSON.parse(written)).bytes)
        #expect(JSONObjectWriter(reserving: 0).finished() == Array("{}".utf8))
    }
}
