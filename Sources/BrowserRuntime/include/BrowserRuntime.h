// What Embedded Swift expects of a C library, for a WebAssembly module that has none and imports nothing.
#ifndef BROWSER_RUNTIME_H
#define BROWSER_RUNTIME_H

#include <stddef.h>

void *malloc(size_t size);
void free(void *pointer);

#endif
