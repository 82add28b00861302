// malloc and free over WebAssembly's linear memory.
//
// Blocks come in sizes of powers of two, halved once (16, 24, 32, 48, 64, …), each size with a list of its own; a freed block goes back
// to its list and is never split or joined. A check makes and drops the same few sizes again and again, so that is enough, and it is small.
// There is one thread: a page calls the module from one place.

#include "BrowserRuntime.h"
#include <stdint.h>

#define PAGE_BYTES 65536u
#define SIZE_CLASSES 56u
#define HEADER_BYTES 16u  // keeps payloads aligned to 16

typedef struct Block {
    uint32_t size_class;
    uint32_t shift;  // from the block's payload to an over-aligned one, for posix_memalign
    struct Block *next;
    uint32_t reserved;
} Block;

extern unsigned char __heap_base;
static uintptr_t heap_next, heap_end;
static Block *free_blocks[SIZE_CLASSES];

// The payload size of a class: 16, 24, 32, 48, 64, 96, …
static size_t class_size(uint32_t size_class) {
    size_t base = (size_t)16 << (size_class / 2);
    return size_class % 2 ? base + base / 2 : base;
}

static uint32_t class_of(size_t size) {
    uint32_t size_class = 0;
    if (size > 16) size_class = 2 * (uint32_t)(27 - __builtin_clz((uint32_t)(size - 1)));
    while (size_class < SIZE_CLASSES && class_size(size_class) < size) size_class++;
    return size_class;
}

void *malloc(size_t size) {
    if (size > (size_t)1 << 30) return 0;
    uint32_t size_class = class_of(size);
    if (size_class >= SIZE_CLASSES) return 0;
    Block *block = free_blocks[size_class];
    if (block) {
        free_blocks[size_class] = block->next;
    } else {
        size_t bytes = (HEADER_BYTES + class_size(size_class) + 15) & ~(size_t)15;
        if (!heap_next) {
            heap_next = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
            heap_end = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE_BYTES;
        }
        if (heap_end - heap_next < bytes) {
            size_t pages = (bytes - (heap_end - heap_next) + PAGE_BYTES - 1) / PAGE_BYTES;
            if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return 0;
            heap_end += pages * PAGE_BYTES;
        }
        block = (Block *)heap_next;
        heap_next += bytes;
        block->size_class = size_class;
    }
    block->shift = 0;
    return (unsigned char *)block + HEADER_BYTES;
}

void free(void *pointer) {
    if (!pointer) return;
    Block *block = (Block *)((unsigned char *)pointer - HEADER_BYTES);
    if (block->shift) block = (Block *)((unsigned char *)block - block->shift);
    block->next = free_blocks[block->size_class];
    free_blocks[block->size_class] = block;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment <= 16) {
        *result = malloc(size);
        return *result ? 0 : 12;
    }
    // A larger block, and a second header before the aligned payload that tells how far it was moved.
    unsigned char *payload = malloc(size + alignment);
    if (!payload) return 12;
    uintptr_t aligned = ((uintptr_t)payload + alignment - 1) & ~(uintptr_t)(alignment - 1);
    uint32_t shift = (uint32_t)(aligned - (uintptr_t)payload);
    if (shift) ((Block *)(aligned - HEADER_BYTES))->shift = shift;
    *result = (void *)aligned;
    return 0;
}
