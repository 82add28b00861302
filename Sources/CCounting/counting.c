// The allocations of a program, counted where they are made: a program's own malloc stands before the C library's.
#include "CCounting.h"

#include <stddef.h>

extern void *__libc_malloc(size_t size);

// Written between measurements only, so that counting costs other measurements nothing.
static int is_counting = 0;
static long counted = 0;

void *malloc(size_t size) {
    if (is_counting) __atomic_fetch_add(&counted, 1, __ATOMIC_RELAXED);
    return __libc_malloc(size);
}

void counting_begin(void) {
    counted = 0;
    is_counting = 1;
}

long counting_end(void) {
    is_counting = 0;
    return counted;
}
