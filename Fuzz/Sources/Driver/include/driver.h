#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own way in, for programs that have a `main` of their own.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*try_input)(const uint8_t *start, size_t count));

/// Bytes that the program has allocated and not given back.
size_t heap_bytes_in_use(void);
