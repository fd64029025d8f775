/*
 * retry: which commands go out again after a round, and when a command has its final outcome.
 *
 * The promise about retries lives in this file. A command goes out again when it did not run (not
 * sent, or refused), or when it only reads; never when a later command on its slot may have run
 * before it, and never behind a write of unknown outcome on its slot.
 */
#include "core/execution/execution.h"
#include "core/topology/address_map.h"

#include <stdio.h>

/* So many rounds may end in the middle of a first reply: it would break off each time. */
enum { BROKEN_OFF_ROUNDS = 2 };

static const rc_options *options_of(const rc_execution *execution)
{
    return execution->executor->options;
}

/* ---- decisions: true when the command goes out again ---- */

static void wait_at_least(rc_execution *execution, rc_msec delay)
{
    if (execution->delay < delay) {
        execution->delay = delay;
    }
}

static void note_hop(rc_execution *execution, const rc_node *from, const char *host, int port,
                     const char *remark)
{
    size_t used = strlen(execution->trail);
    if (used == 0) {
        used = (size_t)snprintf(execution->trail, sizeof execution->trail, "%s:%d", from->host,
                                from->port);
    }
    if (used < sizeof execution->trail) {
        snprintf(execution->trail + used, sizeof execution->trail - used, " -> %s:%d%s", host, port,
                 remark);
    }
}

/*
 * close_with gives a command its last outcome. One that was sent in an earlier round, and may have
 * run then, stays unknown whatever came afterwards.
 */
static void close_with(rc_command *command, rc_state state, uint32_t error)
{
    bool maybe_ran = (command->flags & RC_COMMAND_MAYBE_RAN) != 0;
    command->state = (uint8_t)(maybe_ran ? RC_UNKNOWN : state);
    command->tree = RC_NO_TREE;
    command->reply = error;
}

static uint32_t add_error(rc_execution *execution, rc_status status, const char *text)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", text);
    return rc_batch_add_error(execution->batch, &error);
}

/* shared_error makes an error on its first use; the other commands of the round share it. */
static uint32_t shared_error(rc_execution *execution, uint32_t *number, rc_status status,
                             const char *text)
{
    if (*number == UINT32_MAX) {
        *number = add_error(execution, status, text);
    }
    return *number;
}

/* stream_of is the stream that the command's reply came on. There must be a reply. */
static rc_node_stream *stream_of(const rc_execution *execution, const rc_command *command)
{
    return &execution->streams[rc_batch_reply(execution->batch, command)->stream];
}

static void report_redirect(rc_execution *execution, const rc_redirect *redirect,
                            const rc_node *from, const rc_node *target)
{
    rc_pool *pool = execution->executor->pool;
    rc_pool_increment(pool, from->number, RC_COUNT_REDIRECT);
    if (options_of(execution)->report_redirects) {
        bool ask = redirect->refusal == RC_REFUSAL_ASK;
        const rc_event event = {.kind = ask ? RC_EVENT_ASK : RC_EVENT_MOVED,
                                .node = from->number,
                                .node_age = from->age,
                                .target = target->number,
                                .target_age = target->age,
                                .slot = redirect->slot};
        rc_event_queue_note(&pool->event_queue, &event);
    }
}

static bool is_known_unlisted(const rc_execution *execution, rc_node_id node)
{
    size_t i = 0;
    while (i < execution->unlisted_count && execution->unlisted[i] != node) {
        i++;
    }
    return i < execution->unlisted_count;
}

/*
 * may_follow: a redirect may always lead to a node of the fetched slot table. To another address it
 * may lead unless redirect_only_to_known_nodes forbids it, and to RC_UNLISTED_MAX of them in a
 * call. `node` is RC_NO_NODE if no node has the address yet.
 */
static bool may_follow(const rc_execution *execution, rc_node_id node, bool remapped)
{
    bool known = node != RC_NO_NODE && (is_known_unlisted(execution, node) ||
                                        rc_pool_is_listed(execution->executor->pool, node));
    bool allowed = remapped || !options_of(execution)->redirect_only_to_known;
    return known || (allowed && execution->unlisted_count < RC_UNLISTED_MAX);
}

/* note_unlisted remembers a node that the call follows a redirect to though no table names it. */
static void note_unlisted(rc_execution *execution, rc_node_id node)
{
    if (!is_known_unlisted(execution, node) &&
        !rc_pool_is_listed(execution->executor->pool, node)) {
        execution->unlisted[execution->unlisted_count++] = node;
    }
}

/* choose_target finds the node of an address; *target is RC_NO_NODE if it must not be followed. */
static rc_status choose_target(rc_execution *execution, const rc_mapped_address *address,
                               rc_node_id *target)
{
    rc_pool *pool = execution->executor->pool;
    *target = rc_pool_find(pool, address->host, address->port);
    if (!may_follow(execution, *target, address->remapped)) {
        *target = RC_NO_NODE;
        return RC_OK;
    }
    rc_status status = rc_pool_add(pool, address->host, address->port, target);
    if (status == RC_OK) {
        note_unlisted(execution, *target);
    }
    return status;
}

static rc_status find_target(rc_execution *execution, const rc_redirect *redirect,
                             const rc_node *answering, bool first, rc_node_id *target)
{
    rc_mapped_address address;
    rc_status status = rc_address_map_apply(options_of(execution), redirect->host, redirect->port,
                                            answering->host, execution->call, &address);
    if (status == RC_OK) {
        status = choose_target(execution, &address, target);
    }
    if (status == RC_OK && first) {
        note_hop(execution, answering, address.host, address.port,
                 *target == RC_NO_NODE ? " (not followed: no slot table names it)" : "");
    }
    return status;
}

static void note_move(rc_execution *execution, const rc_redirect *redirect, rc_node_id target)
{
    rc_move *grown = rc_grow(execution->moves, &execution->move_capacity, execution->move_count + 1,
                             sizeof *grown);
    if (grown != NULL) { /* without memory the slot is learned at its next MOVED */
        execution->moves = grown;
        execution->moves[execution->move_count++] = (rc_move){(uint16_t)redirect->slot, target};
    }
}

/* wait_for_table keeps a command open whose redirect is not followed: a fresh table may name it. */
static bool wait_for_table(rc_execution *execution, rc_command *command)
{
    const rc_retry_policy *policy = &options_of(execution)->retry;
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    wait_at_least(execution, rc_redirect_delay(RC_ACTION_REFRESH,
                                               execution->refused_rounds[RC_PATIENCE_HOP], policy));
    execution->refresh = true;
    return true;
}

static bool follow(rc_execution *execution, rc_command *command, const rc_redirect *redirect,
                   bool first)
{
    rc_pool *pool = execution->executor->pool;
    bool ask = redirect->refusal == RC_REFUSAL_ASK;
    const rc_node *answering = rc_pool_at(pool, stream_of(execution, command)->node);
    rc_node_id number;
    rc_status status = find_target(execution, redirect, answering, first, &number);
    if (status != RC_OK) {
        close_with(
            command, RC_REFUSED,
            shared_error(execution, &execution->follow_error, status, rc_status_text(status)));
        return false;
    }
    if (number == RC_NO_NODE) {
        return wait_for_table(execution, command);
    }
    command->node = number;
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    command->flags |= ask ? RC_COMMAND_ASKING : RC_COMMAND_MOVED;
    report_redirect(execution, redirect, answering, rc_pool_at(pool, number));
    if (!ask) {
        note_move(execution, redirect, number);
    }
    return true;
}

/* learn_moves changes the map once for all MOVEDs of the round. */
static void learn_moves(rc_execution *execution)
{
    if (execution->move_count > 0 &&
        rc_topology_moved(execution->executor->topology, execution->moves, execution->move_count)) {
        execution->refresh_from = execution->moves[execution->move_count - 1].node;
    }
    execution->move_count = 0;
}

/*
 * give_up ends a command whose tries are used up. After MOVED or ASK the error shows where the
 * redirects led. Any other refusal is the command's reply, unless an earlier try may have run.
 */
static void give_up(rc_execution *execution, rc_command *command, rc_refusal refusal)
{
    bool overtaken = command->flags & RC_COMMAND_OVERTAKEN;
    bool hop = refusal != RC_REFUSAL_NONE && rc_redirect_patience(refusal) == RC_PATIENCE_HOP;
    if (hop && !overtaken) {
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "redirected %d times without end: %.400s",
                 execution->refused_rounds[RC_PATIENCE_HOP], execution->trail);
        close_with(command, RC_REFUSED,
                   shared_error(execution, &execution->hops_error, RC_REDIRECTS, text));
    } else if (command->flags & RC_COMMAND_MAYBE_RAN) {
        const rc_reply_tree *tree = rc_batch_reply(execution->batch, command);
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "no reply to the first try, and to the next: %.400s",
                 rc_reply_tree_text(tree, rc_reply_tree_item(tree, command->reply)));
        close_with(command, RC_UNKNOWN, add_error(execution, RC_CLOSED, text));
    }
}

/* close_behind_unknown ends a write that comes after one of unknown outcome on its slot.
 * False: there is no such write.
 */
static bool close_behind_unknown(rc_execution *execution, rc_command *command)
{
    if (!execution->any_unknown || (command->flags & RC_COMMAND_READ) ||
        command->slot == RC_NO_SLOT || !rc_bit_is_set(execution->unknown_slots, command->slot)) {
        return false;
    }
    rc_state state = command->state == RC_REFUSED ? RC_REFUSED : RC_NOT_SENT;
    close_with(command, state,
               shared_error(execution, &execution->behind_error, RC_BEHIND_UNKNOWN,
                            rc_status_text(RC_BEHIND_UNKNOWN)));
    return true;
}

/* fall_back sends a read to another node at once, and others away from this replica for a moment.
 */
static bool fall_back(rc_execution *execution, rc_command *command, rc_refusal refusal)
{
    const rc_node_stream *stream = stream_of(execution, command);
    bool unfit = refusal == RC_REFUSAL_LOADING || refusal == RC_REFUSAL_MASTERDOWN ||
                 refusal == RC_REFUSAL_CLUSTERDOWN;
    if (!unfit || !stream->readonly || (command->flags & RC_COMMAND_PINNED) ||
        !rc_execution_may_read_replica(execution, command) ||
        execution->refused_rounds[RC_PATIENCE_AGAIN] >= options_of(execution)->retry.rounds) {
        return false;
    }
    rc_pool_mark_unfit(execution->executor->pool, stream->node);
    execution->met[RC_PATIENCE_AGAIN] = true;
    return true;
}

/*
 * doubt: a node that is loading, down or no primary any more may have been replaced, or may be
 * about to be. Its own slot table may be an old one, so it is not asked for that.
 */
static void doubt(rc_execution *execution, const rc_command *command, rc_refusal refusal)
{
    bool failing = refusal == RC_REFUSAL_LOADING || refusal == RC_REFUSAL_CLUSTERDOWN ||
                   refusal == RC_REFUSAL_READONLY;
    rc_node_stream *stream = failing ? stream_of(execution, command) : NULL;
    if (stream != NULL && !stream->doubted) {
        stream->doubted = true;
        rc_topology_doubt(execution->executor->topology, stream->node);
    }
}

static bool decide_refused(rc_execution *execution, rc_command *command, bool first)
{
    if (close_behind_unknown(execution, command)) {
        return false;
    }
    rc_redirect redirect = rc_execution_redirect(execution, command);
    doubt(execution, command, redirect.refusal);
    if (fall_back(execution, command, redirect.refusal)) {
        return true;
    }
    const rc_retry_policy *policy = &options_of(execution)->retry;
    rc_patience kind = rc_redirect_patience(redirect.refusal);
    int attempt = execution->refused_rounds[kind];
    rc_action action = command->flags & RC_COMMAND_OVERTAKEN
                           ? RC_ACTION_FAIL
                           : rc_redirect_decide(redirect.refusal, attempt, policy);
    execution->met[kind] = true;
    wait_at_least(execution, rc_redirect_delay(action, attempt, policy));
    switch (action) {
    case RC_ACTION_MOVED:
    case RC_ACTION_ASK:
        return follow(execution, command, &redirect, first);
    case RC_ACTION_REFRESH:
    case RC_ACTION_DOWN:
        execution->refresh = true;
        break;
    case RC_ACTION_AGAIN:
        break;
    case RC_ACTION_FAIL:
    case RC_ACTION_DONE:
        give_up(execution, command, redirect.refusal);
        return false;
    }
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    return true;
}

/* timeouts_used_up: this round was the first beyond those that may be lost to timeouts. */
static bool timeouts_used_up(const rc_execution *execution)
{
    return execution->timeout_rounds == options_of(execution)->timeout_rounds + 1;
}

/*
 * may_wait: a command that was not sent may wait until another node has taken the lost one's place.
 * It gets only a few tries if no node of the cluster answers, or if it is meant for that very node.
 */
static bool may_wait(const rc_execution *execution, const rc_command *command)
{
    return command->state == RC_NOT_SENT && !(command->flags & RC_COMMAND_PINNED) &&
           execution->cluster_answers &&
           rc_now() - execution->lost_at < options_of(execution)->failover_timeout;
}

/* may_try_again: whether this kind of failure is worth another round at all. */
static bool may_try_again(const rc_execution *execution, const rc_command *command,
                          rc_status status)
{
    const rc_options *options = options_of(execution);
    switch (status) {
    case RC_CONNECT:
    case RC_CLOSED:
        return (execution->lost_rounds <= options->lost_rounds &&
                execution->broken_off_rounds <= BROKEN_OFF_ROUNDS) ||
               may_wait(execution, command);
    case RC_TIMEOUT:
        return execution->timeout_rounds <= options->timeout_rounds ||
               may_wait(execution, command) ||
               (execution->replicas_timed_out && timeouts_used_up(execution));
    case RC_TLS: /* the name that the certificate has to match comes with the table, not with MOVED
                  */
    case RC_PROTOCOL:
        return execution->lost_rounds <= 1;
    case RC_SLOT:
        return execution->slot_rounds == 0;
    case RC_POOL_FULL:
    case RC_POOL_TIMEOUT:
        return execution->exchanged; /* the connections of this round are free again */
    default:
        return false;
    }
}

static bool again_after_loss(rc_execution *execution, rc_command *command, const rc_error *error)
{
    rc_status status = error->status;
    execution->met_uncovered |= status == RC_SLOT;
    if (rc_error_is_lack(error) || !may_try_again(execution, command, status)) {
        return false;
    }
    bool lost = status != RC_SLOT && !rc_pool_is_at_limit(status);
    if (lost && !execution->lost_irreplaceable) {
        execution->refresh_from =
            rc_slotmap_random_primary(execution->map); /* others serve reads as well */
    } else {
        execution->refresh |= !rc_pool_is_at_limit(status);
    }
    if (lost && execution->lost_irreplaceable) {
        const rc_retry_policy *policy = &options_of(execution)->retry;
        wait_at_least(execution,
                      rc_backoff(execution->lost_rounds - 1, policy->delay, policy->delay_max));
        wait_at_least(execution, execution->retry_after);
    }
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    return true;
}

static bool decide_unknown(rc_execution *execution, rc_command *command)
{
    const rc_error *error = rc_batch_error(execution->batch, command);
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool harmless =
        (read || options_of(execution)->retry_writes) && !(command->flags & RC_COMMAND_OVERTAKEN);
    /* After a reply that is not RESP the same would come again. */
    if (harmless && error->status != RC_PROTOCOL && again_after_loss(execution, command, error)) {
        command->flags |= read ? 0 : RC_COMMAND_MAYBE_RAN;
        return true;
    }
    if (!read && command->slot != RC_NO_SLOT) {
        rc_set_bit(execution->unknown_slots, command->slot);
        execution->any_unknown = true;
    }
    return false;
}

static bool decide_not_sent(rc_execution *execution, rc_command *command)
{
    return !close_behind_unknown(execution, command) &&
           again_after_loss(execution, command, rc_batch_error(execution->batch, command));
}

/* decide_held: the command waited for an earlier one, whose outcome may be unknown now. */
static bool decide_held(rc_execution *execution, rc_command *command)
{
    return !close_behind_unknown(execution, command);
}

static bool decide(rc_execution *execution, rc_command *command, bool first)
{
    switch ((rc_state)command->state) {
    case RC_REFUSED:
        return decide_refused(execution, command, first);
    case RC_UNKNOWN:
        return decide_unknown(execution, command);
    case RC_NOT_SENT:
        return decide_not_sent(execution, command);
    case RC_HELD:
        return decide_held(execution, command);
    case RC_REPLIED:
        break;
    }
    return false;
}

/* ---- the round ---- */

/* exchange_time is how long exchanges of this round had gone on before they broke. */
static rc_msec exchange_time(const rc_execution *execution)
{
    int64_t now = rc_now_us();
    int64_t longest = 0;
    for (size_t i = 0; i < execution->stream_count; i++) {
        const rc_node_stream *stream = &execution->streams[i];
        bool counts = stream->lost && stream->began != 0;
        longest = counts && now - stream->began > longest ? now - stream->began : longest;
    }
    return longest / 1000;
}

/*
 * note_timeout: when the tries are used up and only replicas were silent, reads go to the primary
 * for the rest of the call. The execution remembers this, because the pool forgets sooner which
 * replicas were silent.
 */
static void note_timeout(rc_execution *execution)
{
    execution->timeout_rounds++;
    execution->replicas_timed_out |= options_of(execution)->timeout_rounds > 0 &&
                                     timeouts_used_up(execution) && !execution->lost_irreplaceable;
}

/* note_loss starts failover_timeout at the first loss. Time in which an exchange made progress does
 * not count. */
static void note_loss(rc_execution *execution, bool timeout)
{
    if (execution->lost_at == 0) {
        execution->lost_at = rc_now();
    } else if (!timeout) {
        execution->lost_at += exchange_time(execution);
    }
}

/* is_nodes_fault: a lack of memory or descriptors in this process says nothing about the node. */
static bool is_nodes_fault(const rc_execution *execution, const rc_node_stream *stream)
{
    return stream->lost && !rc_pool_is_at_limit(stream->loss) && stream->loss != RC_NOMEM &&
           !rc_error_is_lack(&execution->batch->errors[stream->error]);
}

/* count_losses: false when every command of the round got a reply and none of them is an error. */
static bool count_losses(rc_execution *execution)
{
    bool lost = false;
    bool timeout = false;
    bool broken_off = false;
    bool errors = false;
    size_t in_streams = 0;
    execution->exchanged = false;
    for (size_t i = 0; i < execution->stream_count; i++) {
        const rc_node_stream *stream = &execution->streams[i];
        in_streams += stream->count;
        errors |= stream->errors || stream->lost;
        execution->exchanged |= !(stream->lost && rc_pool_is_at_limit(stream->loss));
        lost |= stream->lost && !rc_pool_is_at_limit(stream->loss);
        timeout |= stream->lost && stream->loss == RC_TIMEOUT;
        broken_off |= stream->broken_off;
        if (is_nodes_fault(execution, stream)) {
            rc_topology_doubt(execution->executor->topology, stream->node);
        }
        if (stream->lost && !stream->replaceable && !rc_pool_is_at_limit(stream->loss)) {
            execution->lost_irreplaceable = true;
            rc_msec rest = rc_pool_retry_after(execution->executor->pool, stream->node);
            execution->retry_after = execution->retry_after > rest ? execution->retry_after : rest;
        }
    }
    if (lost) {
        note_loss(execution, timeout);
    }
    if (timeout) {
        note_timeout(execution);
    }
    execution->lost_rounds += lost;
    execution->broken_off_rounds += broken_off;
    return errors || in_streams < execution->open_count;
}

static void begin_count(rc_execution *execution)
{
    execution->refresh = execution->met_uncovered = false;
    execution->refresh_from = RC_NO_NODE;
    execution->retry_after = 0;
    execution->lost_irreplaceable = false;
    memset(execution->met, 0, sizeof execution->met);
    execution->behind_error = execution->hops_error = execution->follow_error = UINT32_MAX;
    execution->delay = 0;
}

static void end_count(rc_execution *execution)
{
    for (int kind = 0; kind < RC_PATIENCE_KINDS; kind++) {
        execution->refused_rounds[kind] += execution->met[kind];
    }
    execution->slot_rounds += execution->met_uncovered;
}

void rc_execution_retry(rc_execution *execution)
{
    begin_count(execution);
    if (!count_losses(execution)) {
        execution->open_count = 0;
        return;
    }
    rc_execution_mark_order(execution);
    size_t kept = 0;
    for (size_t i = 0; i < execution->open_count; i++) {
        uint32_t index = execution->open[i];
        rc_command *command = &execution->batch->commands[index];
        if (rc_execution_goes_on(execution, i) ? decide(execution, command, kept == 0)
                                               : command->state != RC_REPLIED) {
            execution->open[kept++] = index;
        }
    }
    execution->open_count = kept;
    learn_moves(execution);
    end_count(execution);
}

/* add_refused adds an error that says why the call is over and, behind that, the server's refusal.
 */
static uint32_t add_refused(rc_execution *execution, const rc_command *command,
                            const rc_error *error)
{
    const rc_reply_tree *tree = rc_batch_reply(execution->batch, command);
    if (tree == NULL) {
        return rc_batch_add_error(execution->batch, error);
    }
    char text[RC_MESSAGE_MAX];
    snprintf(text, sizeof text, "%.100s; the server's last word was: %.300s", error->message,
             rc_reply_tree_text(tree, rc_reply_tree_item(tree, command->reply)));
    return add_error(execution, error->status, text);
}

void rc_execution_close_all(rc_execution *execution, const rc_error *error)
{
    uint32_t number = rc_batch_add_error(execution->batch, error);
    uint32_t refused = UINT32_MAX;
    for (size_t i = 0; i < execution->open_count; i++) {
        rc_command *command = &execution->batch->commands[execution->open[i]];
        if (command->state == RC_REFUSED) {
            refused = refused == UINT32_MAX ? add_refused(execution, command, error) : refused;
            close_with(command, RC_REFUSED, refused);
        } else {
            close_with(command, command->state == RC_UNKNOWN ? RC_UNKNOWN : RC_NOT_SENT, number);
        }
    }
    execution->open_count = 0;
}
