/*
 * hash: numbers for texts that others choose.
 *
 * The key is secret, so nobody can choose texts that share a place in a table and make its look-ups
 * long. Not for anything that must stay secret itself. No state; nothing blocks.
 */
#ifndef RC_HASH_H
#define RC_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct rc_hash_key {
    uint64_t start;
    uint64_t factor;
} rc_hash_key;

/* rc_hash_key_new gives a key from the calling thread's generator. */
rc_hash_key rc_hash_key_new(void);

/* rc_hash is a number for a text; its lowest bits are as good as any. */
uint64_t rc_hash(const rc_hash_key *key, const char *text, size_t length);

#endif
