internal import Foundation
internal import Glibc
internal import Synchronization

/// A thread of the store's own: named, and known to have started.
enum StoreThread {
    /// Enough for the deepest use case that the engines allow.
    static let stackBytes = 8_388_608

    /// Starts a thread.
    ///
    /// **Throws** `StoreRefusesToStart` where the system gives none: a store whose thread never began would take work and never answer.
    static func start(_ name: String, folder: String, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(
            Body {
                // Linux keeps fifteen characters of it.
                Thread.current.name = name
                body()
            })
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("no thread could be started: \(String(cString: strerror(code)))"))
        }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// The threads of a store that still run. Who closes the store is told by the last of them to end: closing needs no thread of its own, which a
/// machine without memory would not give.
final class RunningThreads: Sendable {
    private struct State {
        var running = 0
        var waiters: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    func began() { state.withLock { $0.running += 1 } }

    func ended() {
        let waiters = state.withLock { state -> [@Sendable () -> Void] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter() }
    }

    /// Calls `done` once none runs, at once where none does.
    func whenAllEnded(_ done: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state -> Bool in
            guard state.running > 0 else { return true }
            state.waiters.append(done)
            return false
        }
        if isOver { done() }
    }
}
