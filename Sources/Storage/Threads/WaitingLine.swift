internal import Glibc

/// A bounded line of work between tasks and real threads.
///
/// Tasks put work in and never wait; threads take it out and sleep while there is none.
final class WaitingLine<Work>: @unchecked Sendable {
    enum Entry { case taken, full, closed }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let arrival: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var waiting: [Work] = []
    /// The first entry of `waiting` that has not been taken.
    private var head = 0
    private var isClosed = false
    private var sleepers = 0
    private let lengthMax: Int

    init(lengthMax: Int) {
        self.lengthMax = lengthMax
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Deadlines do not jump with the wall clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(arrival, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// How much is waiting.
    var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return waiting.count - head
    }

    /// Puts work at the end, unless the line is full or closed.
    func put(_ work: Work) -> Entry {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return .closed }
        if waiting.count - head >= lengthMax { return .full }
        waiting.append(work)
        if sleepers > 0 { pthread_cond_signal(arrival) }
        return .taken
    }

    /// Takes up to `count`, the first come first. Waits for the first until `milliseconds` have passed, or without end.
    ///
    /// **Shape** returns nil once the line is closed and empty, and nothing when the time has passed.
    func take(upTo count: Int, waitingMilliseconds milliseconds: Int? = nil) -> [Work]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if milliseconds != 0, waiting.count == head, !isClosed {
            var deadline = timespec()
            if let milliseconds {
                clock_gettime(CLOCK_MONOTONIC, &deadline)
                let nanoseconds = deadline.tv_nsec + milliseconds % 1_000 * 1_000_000
                deadline.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
                deadline.tv_nsec = nanoseconds % 1_000_000_000
            }
            sleepers += 1
            while waiting.count == head, !isClosed {
                if milliseconds == nil {
                    pthread_cond_wait(arrival, mutex)
                } else if pthread_cond_timedwait(arrival, mutex, &deadline) == ETIMEDOUT {
                    break
                }
            }
            sleepers -= 1
        }
        if waiting.count == head { return isClosed ? nil : [] }
        let end = min(head + count, waiting.count)
        let taken = Array(waiting[head..<end])
        if end == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else {
            head = end
            // What was taken is let go in one move, not one by one.
            if head > 4_096 {
                waiting.removeFirst(head)
                head = 0
            }
        }
        return taken
    }

    /// Refuses new work from here on; what is in the line is still taken.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(arrival)
        pthread_mutex_unlock(mutex)
    }
}
