/* FNV-1a, 64 bits: guards against chance, not against an attacker. */
#ifndef TESA_HASH_H
#define TESA_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    for (size_t index = 0; index < length; index += 1) hash = (hash ^ byte[index]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
