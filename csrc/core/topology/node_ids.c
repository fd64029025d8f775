#include "core/topology/node_ids.h"

#include <string.h>

static uint64_t hash_of(const char *id, size_t length)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)id[i]) * 1099511628211u;
    }
    return hash;
}

/* find_place is the number of hashes below this one. */
static size_t find_place(const rc_node_ids *ids, uint64_t hash)
{
    size_t low = 0;
    size_t high = ids->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids->hashes[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void rc_node_ids_add(rc_node_ids *ids, const char *id, size_t length)
{
    uint64_t hash = hash_of(id, length);
    size_t place = find_place(ids, hash);
    bool known = place < ids->count && ids->hashes[place] == hash;
    if (length == 0 || known || place == RC_NODE_IDS_MAX) {
        return;
    }
    if (ids->count < RC_NODE_IDS_MAX) {
        ids->count++;
    }
    uint64_t *here = ids->hashes + place;
    memmove(here + 1, here, (ids->count - place - 1) * sizeof *here);
    *here = hash;
}

bool rc_node_ids_meet(const rc_node_ids *ids, const rc_node_ids *other)
{
    size_t i = 0;
    size_t j = 0;
    while (i < ids->count && j < other->count) {
        if (ids->hashes[i] == other->hashes[j]) {
            return true;
        }
        if (ids->hashes[i] < other->hashes[j]) {
            i++;
        } else {
            j++;
        }
    }
    return false;
}
