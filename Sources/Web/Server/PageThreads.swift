internal import Dispatch
internal import Foundation
internal import NIOPosix

/// Threads on which pages are made, and nothing else: however many are asked for at once, connections are taken, requests read and short answers
/// given beside them, for the system shares its cores among threads, and the runtime's own pool works off what it has one after another.
///
/// What programs ask for is short, and is answered where it is read.
final class PageThreads: TaskExecutor {
    /// One set for the process: it ends with it.
    private static let shared = PageThreads(count: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private let pool: NIOThreadPool

    private init(count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
        // Each thread sets its own: none goes on before all have begun.
        let (begun, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        for _ in 0..<count {
            pool.submit { _ in
                _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.nice)
                begun.signal()
                go.wait()
            }
        }
        for _ in 0..<count { begun.wait() }
        for _ in 0..<count { go.signal() }
    }

    /// Where all cores are busy, whoever comes is let in before a page is made.
    private static let nice: Int32 = 5

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body`, and goes on here whenever it has waited for something.
    static func run<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        try await withTaskExecutorPreference(shared, operation: body)
    }
}
