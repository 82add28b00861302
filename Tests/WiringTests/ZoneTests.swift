import Definitions
import FEEL
import Foundation
import HouseTesting
import Kernel
import StateFolder
import Testing
import Wiring

@Suite("Time zones") struct ZoneTests {
    @Test func `the zone database gives every zone by its name, and no copy by another reckoning`() throws {
        let panama = try #require(ZoneFile.all.rules("America/Panama"))
        #expect(panama == (try ZoneFile.rules(of: "America/Panama")))
        #expect(ZoneFile.all.rules("Europe/Kyiv") != nil)
        #expect(ZoneFile.all.rules("posix/America/Panama") == nil)
        #expect(ZoneFile.all.rules("right/UTC") == nil)
        #expect(ZoneFile.all.rules("Atlantis/Nowhere") == nil)
    }

    @Test func `an expression knows the zones that it was read with, unless its scope brings its own`() throws {
        let summer = "date and time(\"2026-07-01T12:00:00@Europe/Kyiv\") = date and time(\"2026-07-01T09:00:00Z\")"
        #expect(try Expression(parsing: summer, zones: ZoneFile.all).evaluate(Scope()).value == true)
        #expect(try Expression(parsing: summer).evaluate(Scope()).value == false)
        #expect(try Expression(parsing: summer).evaluate(Scope(zones: ZoneFile.all)).value == true)
    }

    @Test func `a state whose zone is not in the database is refused where it says so`() throws {
        var files = try StateFiles.read(Repository.example("Istmo").path)
        files["state.yaml"] = Array(String(decoding: files["state.yaml"]!, as: UTF8.self).replacing("America/Panama", with: "America/Panam").utf8)
        var diagnostics = Diagnostics()
        #expect(StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics) == nil)
        #expect(diagnostics.all.map { $0.description }.contains { $0.hasSuffix("the zone ‘America/Panam’ is not in the zone database; write a name of it, such as America/Panama") })
    }
}
