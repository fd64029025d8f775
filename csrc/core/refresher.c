#include "refresher.h"

static void finish(rc_refresher *self, rc_slotmap *map, const rc_error *error)
{
    rc_topology_publish(self->topology, map, error);
    self->active = false;
}

rc_status rc_refresher_begin(rc_refresher *self, rc_topology *topology, rc_node_id node,
                             rc_call *call)
{
    if (self->active || !rc_topology_claim(topology)) {
        return RC_OK;
    }
    rc_error error;
    self->topology = topology;
    self->node = node;
    self->request = rc_discovery_question();
    self->active = true;
    self->inquiry =
        (rc_inquiry){.pool = topology->pool,
                     .request = &self->request,
                     .answer = &self->answer,
                     .deadline = rc_sooner(rc_deadline(RC_ASK_TIMEOUT), call->deadline)};
    rc_status status = rc_inquiry_begin(&self->inquiry, node, call, 0, &error);
    if (status != RC_OK) {
        finish(self, NULL, &error);
    }
    return status == RC_INTERRUPTED || rc_pool_refused(status) ? status : RC_OK;
}

bool rc_refresher_step(rc_refresher *self, rc_call *call)
{
    rc_error error;
    rc_io io = rc_inquiry_step(&self->inquiry, &error);
    if (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE) {
        return false;
    }
    rc_slotmap *map = NULL;
    if (io == RC_IO_OK) {
        rc_discovery_read(self->topology->pool, &self->answer, self->node, call, &map, &error);
    }
    finish(self, map, &error);
    return true;
}

void rc_refresher_end(rc_refresher *self)
{
    if (self->active) {
        rc_error error;
        rc_error_clear(&error);
        rc_error_of(&error, RC_INTERRUPTED);
        rc_inquiry_end(&self->inquiry);
        finish(self, NULL, &error);
    }
}

void rc_refresher_free(rc_refresher *self)
{
    rc_tape_free(&self->answer);
}
