// The few functions of a C library that compiled Swift calls.

#include "BrowserRuntime.h"
#include <stdint.h>

// bulk-memory instructions would do these in one step, but every browser that runs WebAssembly at all runs these loops.
void *memcpy(void *restrict target, const void *restrict source, size_t count) {
    unsigned char *to = target;
    const unsigned char *from = source;
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        for (; count >= 4; count -= 4, to += 4, from += 4) *(uint32_t *)to = *(const uint32_t *)from;
    }
    while (count--) *to++ = *from++;
    return target;
}

void *memmove(void *target, const void *source, size_t count) {
    unsigned char *to = target;
    const unsigned char *from = source;
    if (to <= from || to >= from + count) return memcpy(target, source, count);
    while (count--) to[count] = from[count];
    return target;
}

void *memset(void *target, int value, size_t count) {
    unsigned char *to = target;
    while (count--) *to++ = (unsigned char)value;
    return target;
}

int memcmp(const void *left, const void *right, size_t count) {
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

// Swift seeds its hash tables with this. There is no source of chance here without an import, so the seed is fixed and tables
// can be made slow by chosen keys; a page checks what its own user gave it, and the readers bound what they take.
void arc4random_buf(void *target, size_t count) { memset(target, 0x5a, count); }

int putchar(int character) { return character; }

uintptr_t __stack_chk_guard = 0x2f9be37d;
void __stack_chk_fail(void) { __builtin_trap(); }

// 128-bit arithmetic, for which there is no instruction: decimals are made of it.

typedef unsigned __int128 u128;
typedef __int128 i128;

// Shifts and division work on halves, since the compiler turns 128-bit ones into calls of these very functions.
static u128 join(uint64_t high, uint64_t low) {
    union { struct { uint64_t low, high; } half; u128 whole; } value = {{low, high}};
    return value.whole;
}
static uint64_t low_half(u128 value) { return (uint64_t)value; }
static uint64_t high_half(u128 value) {
    union { u128 whole; struct { uint64_t low, high; } half; } parts = {value};
    return parts.half.high;
}

u128 __ashlti3(u128 value, int count) {
    uint64_t low = low_half(value), high = high_half(value);
    if (count >= 64) return join(low << (count - 64), 0);
    if (count == 0) return value;
    return join(high << count | low >> (64 - count), low << count);
}

u128 __lshrti3(u128 value, int count) {
    uint64_t low = low_half(value), high = high_half(value);
    if (count >= 64) return join(0, high >> (count - 64));
    if (count == 0) return value;
    return join(high >> count, low >> count | high << (64 - count));
}

i128 __ashrti3(i128 value, int count) {
    uint64_t low = low_half((u128)value);
    int64_t high = (int64_t)high_half((u128)value);
    if (count >= 64) return (i128)join((uint64_t)(high >> 63), (uint64_t)(high >> (count - 64)));
    if (count == 0) return value;
    return (i128)join((uint64_t)(high >> count), low >> count | (uint64_t)high << (64 - count));
}

i128 __multi3(i128 left, i128 right) {
    uint64_t a = low_half((u128)left), b = low_half((u128)right);
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
    high += a * high_half((u128)right) + high_half((u128)left) * b;
    return (i128)join(high, other << 32 | (uint32_t)low);
}

typedef struct { uint64_t high, low; } Wide;

static Wide divide(Wide dividend, Wide divisor, Wide *rest) {
    if (!divisor.high && !divisor.low) __builtin_trap();
    if (!dividend.high && !divisor.high) {
        *rest = (Wide){0, dividend.low % divisor.low};
        return (Wide){0, dividend.low / divisor.low};
    }
    Wide quotient = {0, 0}, remainder = {0, 0};
    for (int bit = 127; bit >= 0; bit--) {
        uint64_t carry = remainder.high >> 63;
        uint64_t next = (bit >= 64 ? dividend.high >> (bit - 64) : dividend.low >> bit) & 1;
        remainder.high = remainder.high << 1 | remainder.low >> 63;
        remainder.low = remainder.low << 1 | next;
        if (carry || remainder.high > divisor.high || (remainder.high == divisor.high && remainder.low >= divisor.low)) {
            uint64_t borrow = remainder.low < divisor.low;
            remainder.low -= divisor.low;
            remainder.high -= divisor.high + borrow;
            if (bit >= 64) quotient.high |= (uint64_t)1 << (bit - 64);
            else quotient.low |= (uint64_t)1 << bit;
        }
    }
    *rest = remainder;
    return quotient;
}

u128 __udivti3(u128 dividend, u128 divisor) {
    Wide rest, quotient = divide((Wide){high_half(dividend), low_half(dividend)}, (Wide){high_half(divisor), low_half(divisor)}, &rest);
    return join(quotient.high, quotient.low);
}

u128 __umodti3(u128 dividend, u128 divisor) {
    Wide rest;
    divide((Wide){high_half(dividend), low_half(dividend)}, (Wide){high_half(divisor), low_half(divisor)}, &rest);
    return join(rest.high, rest.low);
}
