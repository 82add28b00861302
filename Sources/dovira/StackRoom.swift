import Glibc

/// Room for the deepest rule that the engines let through, on every thread, whatever the shell's or the service manager's limit says.
enum StackRoom {
    /// What a thread gets on most machines anyway.
    static let bytes = 8 * 1_024 * 1_024

    /// Raises what later threads get, and how far the first one may grow. Where the system does not let it, all stays as it was: an evaluation
    /// counts its stack itself (`FEEL.Limits.stackBytesMax`).
    static func prepare() {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0, limit.rlim_cur < UInt(bytes) {
            limit.rlim_cur = min(UInt(bytes), limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit)
        }
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return }
        defer { pthread_attr_destroy(&attributes) }
        var size = 0
        // The system's own library has the function; what Swift sees of the library does not show it.
        guard pthread_attr_getstacksize(&attributes, &size) == 0, size < bytes, pthread_attr_setstacksize(&attributes, bytes) == 0,
            let symbol = dlsym(nil, "pthread_setattr_default_np")
        else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (UnsafePointer<pthread_attr_t>) -> Int32).self)(&attributes)
    }
}
