#include "core/topology/lineage.h"

static bool is_related(const rc_slotmap *known, const rc_slotmap *map)
{
    return known == NULL || known->ids.count == 0 || map->ids.count == 0 ||
           rc_node_ids_meet(&known->ids, &map->ids);
}

bool rc_lineage_accepts(rc_lineage *lineage, const rc_slotmap *map, rc_node_id teller)
{
    if (is_related(lineage->known, map)) {
        return true;
    }
    if (!rc_slotmap_has(lineage->known, teller)) {
        return false; /* a node that only the other cluster's table names confirms nothing */
    }
    bool agreed = lineage->teller != teller && rc_node_ids_meet(&lineage->rival, &map->ids);
    lineage->rival = map->ids;
    lineage->teller = teller;
    return agreed;
}

rc_slotmap *rc_lineage_install(rc_lineage *lineage, rc_slotmap *map)
{
    rc_slotmap *before = lineage->known;
    lineage->known = rc_slotmap_keep(map);
    lineage->rival.count = 0;
    return before;
}
