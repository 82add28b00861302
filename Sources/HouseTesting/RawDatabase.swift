#if canImport(Glibc)
import Glibc
#endif

/// A database file opened past the program, by the library that the process has loaded anyway: what somebody with the disk and `sqlite3` can do.
///
/// **Shape** for files that no store of this process has open: closing one lets go of the process's locks on it.
package final class RawDatabase {
    private typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> CInt
    private typealias Execute = @convention(c) (
        OpaquePointer?, UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> CInt
    private typealias Close = @convention(c) (OpaquePointer?) -> CInt

    private let handle: OpaquePointer?

    package init(_ path: String) throws {
        var handle: OpaquePointer?
        guard try unsafeBitCast(Self.symbol("sqlite3_open"), to: Open.self)(path, &handle) == 0 else { throw Unready("\(path) cannot be opened") }
        self.handle = handle
    }

    deinit {
        if let close = try? Self.symbol("sqlite3_close") { _ = unsafeBitCast(close, to: Close.self)(handle) }
    }

    /// Runs statements, several in one text.
    package func run(_ sql: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        let code = try unsafeBitCast(Self.symbol("sqlite3_exec"), to: Execute.self)(handle, sql, nil, nil, &message)
        guard code == 0 else { throw Unready("\(message.map { String(cString: $0) } ?? "") (\(code)): \(sql.prefix(300))") }
    }

    /// Does so once with a file.
    package static func run(_ path: String, _ sql: [String]) throws {
        let database = try RawDatabase(path)
        for sql in sql { try database.run(sql) }
    }

    private static func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
        guard let found = dlsym(dlopen(nil, RTLD_NOW), name) else { throw Unready("\(name) is not loaded") }
        return found
    }
}
