/*
 * node_set: numbers of nodes, and sets of them.
 *
 * The pool gives each node a small number (rc_node_id), by which every layer names it. A set has a
 * bit for each number that there can be.
 */
#ifndef RC_NODE_SET_H
#define RC_NODE_SET_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t rc_node_id;
#define RC_NO_NODE ((rc_node_id)0xffff)

enum { RC_NODE_BITS = (1 << 16) / 8 }; /* bytes of a set of nodes */

/* rc_bit_is_set tells whether a number is in the set. */
static inline bool rc_bit_is_set(const uint8_t *bits, uint32_t number)
{
    return bits[number / 8] >> (number % 8) & 1;
}

/* rc_set_bit adds a number to the set. */
static inline void rc_set_bit(uint8_t *bits, uint32_t number)
{
    bits[number / 8] = (uint8_t)(bits[number / 8] | 1u << (number % 8));
}

#endif
