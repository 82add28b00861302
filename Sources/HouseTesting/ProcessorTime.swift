internal import Foundation

/// What a piece of work costs this thread, however busy the machine is.
package enum ProcessorTime {
    /// The seconds of processor time that the body took. Of synchronous work alone: another thread's is not counted.
    package static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let began = now()
        try body()
        return now() - began
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
