#include "core/base/hash.h"

#include "core/base/clock.h"

static uint64_t secret(void)
{
    return (uint64_t)rc_random(UINT32_MAX) << 32 | rc_random(UINT32_MAX);
}

rc_hash_key rc_hash_key_new(void)
{
    return (rc_hash_key){.start = secret(), .factor = secret() | 1};
}

uint64_t rc_hash(const rc_hash_key *key, const char *text, size_t length)
{
    uint64_t hash = key->start;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * key->factor;
        hash ^= hash >> 29;
    }
    return hash ^ hash >> 32;
}
