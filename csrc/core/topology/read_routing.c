#include "core/topology/read_routing.h"

/* One read in EXPLORE goes to any node, so that a node that was slow once is measured again. */
enum { EXPLORE = 32 };

typedef struct choices {
    rc_node_id nodes[RC_REPLICAS_MAX + 1];
    uint32_t count;
} choices;

static void add_fit(choices *list, rc_pool *pool, rc_node_id node, rc_msec now)
{
    if (rc_pool_is_fit(pool, node, now)) {
        list->nodes[list->count++] = node;
    }
}

static rc_node_id any_of(const choices *list)
{
    return list->nodes[rc_random(list->count)];
}

/* fastest prefers a node without a measured latency: this read measures it. */
static rc_node_id fastest(rc_pool *pool, const choices *list)
{
    if (rc_random(EXPLORE) == 0) {
        return any_of(list);
    }
    rc_node_id best = list->nodes[0];
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t latency = rc_pool_latency(pool, list->nodes[i]);
        if (latency < least) {
            least = latency;
            best = list->nodes[i];
        }
    }
    return best;
}

rc_node_id rc_read_routing_node(rc_pool *pool, const rc_shard *shard, rc_read_policy policy,
                                rc_msec now)
{
    choices list = {.count = 0};
    if (policy != RC_READ_REPLICA) {
        add_fit(&list, pool, shard->primary, now);
    }
    for (int i = 0; i < shard->replica_count; i++) {
        add_fit(&list, pool, shard->replicas[i], now);
    }
    if (list.count == 0) {
        return shard->primary;
    }
    switch (policy) {
    case RC_READ_ROUND_ROBIN:
        return list.nodes[rc_pool_turn(pool, shard->primary) % list.count];
    case RC_READ_LOWEST_LATENCY:
        return fastest(pool, &list);
    case RC_READ_PRIMARY:
    case RC_READ_RANDOM:
    case RC_READ_REPLICA:
        break;
    }
    return any_of(&list);
}
