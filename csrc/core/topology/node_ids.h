/*
 * node_ids: which nodes a slot table names, by the ids that the cluster gave them.
 *
 * At most RC_NODE_IDS_MAX hashes of ids are kept. Of more nodes the smallest hashes are kept, so
 * that two tables of one large cluster still have some in common. Plain values.
 */
#ifndef RC_NODE_IDS_H
#define RC_NODE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RC_NODE_IDS_MAX = 256 };

typedef struct rc_node_ids {
    size_t count;                     /* 0: the server tells no ids */
    uint64_t hashes[RC_NODE_IDS_MAX]; /* ascending, each once */
} rc_node_ids;

/* rc_node_ids_add adds an id; nothing happens if it is there already, or empty. */
void rc_node_ids_add(rc_node_ids *ids, const char *id, size_t length);

/* rc_node_ids_meet: the two have a node in common. */
bool rc_node_ids_meet(const rc_node_ids *ids, const rc_node_ids *other);

#endif
