/*
 * settle: after a round, which commands go out again.
 *
 * The promise about retries lives in this file. A command goes out again when it did not run (not
 * sent, or refused), or when it only reads; never when a later command on its slot may have run
 * before it, and never behind a write of unknown outcome on its slot.
 */
#include "core/execution/execution.h"

#include <stdio.h>

/* A reply that has broken off so often, and once more, would do so each time. */
enum { BROKEN_OFF_ROUNDS = 2 };

static const rc_options *options_of(const rc_run *run)
{
    return run->executor->options;
}

/* ---- decisions: true when the command goes out again ---- */

static void wait_at_least(rc_run *run, rc_msec delay)
{
    if (run->delay < delay) {
        run->delay = delay;
    }
}

static void note_hop(rc_run *run, const rc_node *from, const char *host, int port,
                     const char *remark)
{
    size_t used = strlen(run->trail);
    if (used == 0) {
        used = (size_t)snprintf(run->trail, sizeof run->trail, "%s:%d", from->host, from->port);
    }
    if (used < sizeof run->trail) {
        snprintf(run->trail + used, sizeof run->trail - used, " -> %s:%d%s", host, port, remark);
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
    command->tape = RC_NO_TAPE;
    command->reply = error;
}

static uint32_t add_error(rc_run *run, rc_status status, const char *text)
{
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, status, "%s", text);
    return rc_batch_add_error(run->batch, &error);
}

/* shared_error makes an error that many commands of a round may have, once. */
static uint32_t shared_error(rc_run *run, uint32_t *number, rc_status status, const char *text)
{
    if (*number == UINT32_MAX) {
        *number = add_error(run, status, text);
    }
    return *number;
}

/* lane_of: that the command's reply came on; it has one. */
static rc_lane *lane_of(const rc_run *run, const rc_command *command)
{
    return &run->lanes[rc_batch_reply(run->batch, command)->lane];
}

static void report_redirect(rc_run *run, const rc_redirect *redirect, const rc_node *from,
                            const rc_node *target)
{
    rc_pool *pool = run->executor->pool;
    rc_pool_count_one(pool, from->number, RC_COUNT_REDIRECT);
    if (options_of(run)->report_redirects) {
        bool ask = redirect->refusal == RC_REFUSAL_ASK;
        const rc_event event = {.kind = ask ? RC_EVENT_ASK : RC_EVENT_MOVED,
                                .node = from->number,
                                .node_age = from->age,
                                .target = target->number,
                                .target_age = target->age,
                                .slot = redirect->slot};
        rc_journal_note(&pool->journal, &event);
    }
}

static bool is_stranger(const rc_run *run, rc_node_id node)
{
    size_t i = 0;
    while (i < run->stranger_count && run->strangers[i] != node) {
        i++;
    }
    return i < run->stranger_count;
}

/*
 * may_follow: to what the fetched slot table names, always; to other addresses unless the user has
 * forbidden it, and to a few of them in one call. `node` is RC_NO_NODE if none has the address yet.
 */
static bool may_follow(const rc_run *run, rc_node_id node, bool remapped)
{
    bool known = node != RC_NO_NODE &&
                 (is_stranger(run, node) || rc_pool_is_listed(run->executor->pool, node));
    bool allowed = remapped || !options_of(run)->redirect_only_to_known;
    return known || (allowed && run->stranger_count < RC_STRANGERS_MAX);
}

/* note_stranger counts a node that is gone to for the first time though no table names it. */
static void note_stranger(rc_run *run, rc_node_id node)
{
    if (!is_stranger(run, node) && !rc_pool_is_listed(run->executor->pool, node)) {
        run->strangers[run->stranger_count++] = node;
    }
}

/* choose_target: *target is RC_NO_NODE for an address that is not to be gone to. */
static rc_status choose_target(rc_run *run, const rc_found_address *address, rc_node_id *target)
{
    rc_pool *pool = run->executor->pool;
    *target = rc_pool_find(pool, address->host, address->port);
    if (!may_follow(run, *target, address->remapped)) {
        *target = RC_NO_NODE;
        return RC_OK;
    }
    rc_status status = rc_pool_add(pool, address->host, address->port, target);
    if (status == RC_OK) {
        note_stranger(run, *target);
    }
    return status;
}

static rc_status find_target(rc_run *run, const rc_redirect *redirect, const rc_node *answering,
                             bool first, rc_node_id *target)
{
    rc_found_address address;
    rc_status status = rc_discovery_address(run->executor->pool, redirect->host, redirect->port,
                                            answering, run->call, &address);
    if (status == RC_OK) {
        status = choose_target(run, &address, target);
    }
    if (status == RC_OK && first) {
        note_hop(run, answering, address.host, address.port,
                 *target == RC_NO_NODE ? " (not followed: no slot table names it)" : "");
    }
    return status;
}

static void note_move(rc_run *run, const rc_redirect *redirect, rc_node_id target)
{
    rc_move *grown = rc_grow(run->moves, &run->move_capacity, run->move_count + 1, sizeof *grown);
    if (grown != NULL) { /* without memory the slot is learned at its next MOVED */
        run->moves = grown;
        run->moves[run->move_count++] = (rc_move){(uint16_t)redirect->slot, target};
    }
}

/* wait_for_table is for a redirect that is not followed: a fresh table may name the address. */
static bool wait_for_table(rc_run *run, rc_command *command)
{
    const rc_retry_policy *policy = &options_of(run)->retry;
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    wait_at_least(
        run, rc_redirect_delay(RC_ACTION_REFRESH, run->refused_rounds[RC_PATIENCE_HOP], policy));
    run->refresh = true;
    return true;
}

static bool follow(rc_run *run, rc_command *command, const rc_redirect *redirect, bool first)
{
    rc_pool *pool = run->executor->pool;
    bool ask = redirect->refusal == RC_REFUSAL_ASK;
    const rc_node *answering = rc_pool_at(pool, lane_of(run, command)->node);
    rc_node_id number;
    rc_status status = find_target(run, redirect, answering, first, &number);
    if (status != RC_OK) {
        close_with(command, RC_REFUSED,
                   shared_error(run, &run->follow_error, status, rc_status_text(status)));
        return false;
    }
    if (number == RC_NO_NODE) {
        return wait_for_table(run, command);
    }
    command->node = number;
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    command->flags |= ask ? RC_COMMAND_ASKING : RC_COMMAND_MOVED;
    report_redirect(run, redirect, answering, rc_pool_at(pool, number));
    if (!ask) {
        note_move(run, redirect, number);
    }
    return true;
}

/* learn_moves changes the map once for all MOVEDs of the round. */
static void learn_moves(rc_run *run)
{
    if (run->move_count > 0 &&
        rc_topology_moved(run->executor->topology, run->moves, run->move_count)) {
        run->refresh_from = run->moves[run->move_count - 1].node;
    }
    run->move_count = 0;
}

/*
 * give_up: MOVED or ASK without end says where it went; other refusals speak for themselves, unless
 * they hide that an earlier try may have run.
 */
static void give_up(rc_run *run, rc_command *command, rc_refusal refusal)
{
    bool overtaken = command->flags & RC_COMMAND_OVERTAKEN;
    bool hop = refusal != RC_REFUSAL_NONE && rc_redirect_patience(refusal) == RC_PATIENCE_HOP;
    if (hop && !overtaken) {
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "redirected %d times without end: %.400s",
                 run->refused_rounds[RC_PATIENCE_HOP], run->trail);
        close_with(command, RC_REFUSED, shared_error(run, &run->hops_error, RC_REDIRECTS, text));
    } else if (command->flags & RC_COMMAND_MAYBE_RAN) {
        const rc_tape *tape = rc_batch_reply(run->batch, command);
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "no reply to the first try, and to the next: %.400s",
                 rc_tape_text(tape, rc_tape_item(tape, command->reply)));
        close_with(command, RC_UNKNOWN, add_error(run, RC_CLOSED, text));
    }
}

/* close_behind_unknown: false if nothing of unknown outcome stands before the command on its slot.
 */
static bool close_behind_unknown(rc_run *run, rc_command *command)
{
    if (!run->any_unknown || (command->flags & RC_COMMAND_READ) || command->slot == RC_NO_SLOT ||
        !rc_bit_is_set(run->unknown_slots, command->slot)) {
        return false;
    }
    rc_state state = command->state == RC_REFUSED ? RC_REFUSED : RC_NOT_SENT;
    close_with(command, state,
               shared_error(run, &run->behind_error, RC_BEHIND_UNKNOWN,
                            rc_status_text(RC_BEHIND_UNKNOWN)));
    return true;
}

/*
 * fall_back: a replica that cannot serve reads just now is avoided, and another node asked at once.
 */
static bool fall_back(rc_run *run, rc_command *command, rc_refusal refusal)
{
    const rc_lane *lane = lane_of(run, command);
    bool unfit = refusal == RC_REFUSAL_LOADING || refusal == RC_REFUSAL_MASTERDOWN ||
                 refusal == RC_REFUSAL_CLUSTERDOWN;
    if (!unfit || !lane->readonly || (command->flags & RC_COMMAND_PINNED) ||
        !rc_run_may_read_replica(run, command) ||
        run->refused_rounds[RC_PATIENCE_AGAIN] >= options_of(run)->retry.rounds) {
        return false;
    }
    rc_pool_mark_unfit(run->executor->pool, lane->node);
    run->met[RC_PATIENCE_AGAIN] = true;
    return true;
}

/*
 * doubt: a node that is loading, down or no primary any more may have been replaced, or may be
 * about to be. Its own slot table may be an old one, so it is not asked for that.
 */
static void doubt(rc_run *run, const rc_command *command, rc_refusal refusal)
{
    bool failing = refusal == RC_REFUSAL_LOADING || refusal == RC_REFUSAL_CLUSTERDOWN ||
                   refusal == RC_REFUSAL_READONLY;
    rc_lane *lane = failing ? lane_of(run, command) : NULL;
    if (lane != NULL && !lane->doubted) {
        lane->doubted = true;
        rc_topology_doubt(run->executor->topology, lane->node);
    }
}

static bool decide_refused(rc_run *run, rc_command *command, bool first)
{
    if (close_behind_unknown(run, command)) {
        return false;
    }
    rc_redirect redirect = rc_run_redirect(run, command);
    doubt(run, command, redirect.refusal);
    if (fall_back(run, command, redirect.refusal)) {
        return true;
    }
    const rc_retry_policy *policy = &options_of(run)->retry;
    rc_patience kind = rc_redirect_patience(redirect.refusal);
    int attempt = run->refused_rounds[kind];
    rc_action action = command->flags & RC_COMMAND_OVERTAKEN
                           ? RC_ACTION_FAIL
                           : rc_redirect_decide(redirect.refusal, attempt, policy);
    run->met[kind] = true;
    wait_at_least(run, rc_redirect_delay(action, attempt, policy));
    switch (action) {
    case RC_ACTION_MOVED:
    case RC_ACTION_ASK:
        return follow(run, command, &redirect, first);
    case RC_ACTION_REFRESH:
    case RC_ACTION_DOWN:
        run->refresh = true;
        break;
    case RC_ACTION_AGAIN:
        break;
    case RC_ACTION_FAIL:
    case RC_ACTION_DONE:
        give_up(run, command, redirect.refusal);
        return false;
    }
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    return true;
}

/* is_spent: this round was the first beyond those that may be lost to timeouts. */
static bool is_spent(const rc_run *run)
{
    return run->timeout_rounds == options_of(run)->timeout_rounds + 1;
}

/*
 * may_wait: a command that was not sent has time until another node has taken the lost one's place.
 * When no node of the cluster answers there is nothing to wait for, and a command for that very
 * node is not served by another: a few tries are all then.
 */
static bool may_wait(const rc_run *run, const rc_command *command)
{
    return command->state == RC_NOT_SENT && !(command->flags & RC_COMMAND_PINNED) &&
           run->cluster_answers && rc_now() - run->lost_at < options_of(run)->failover_timeout;
}

/* may_try_again: whether this kind of failure is worth another round at all. */
static bool may_try_again(const rc_run *run, const rc_command *command, rc_status status)
{
    const rc_options *options = options_of(run);
    switch (status) {
    case RC_CONNECT:
    case RC_CLOSED:
        return (run->lost_rounds <= options->lost_rounds &&
                run->broken_off_rounds <= BROKEN_OFF_ROUNDS) ||
               may_wait(run, command);
    case RC_TIMEOUT:
        return run->timeout_rounds <= options->timeout_rounds || may_wait(run, command) ||
               (run->replicas_spent && is_spent(run));
    case RC_TLS: /* a node that a MOVED has named is called by its name in the table only */
    case RC_PROTOCOL:
        return run->lost_rounds <= 1;
    case RC_SLOT:
        return run->slot_rounds == 0;
    case RC_POOL_FULL:
    case RC_POOL_TIMEOUT:
        return run->conversed; /* the connections of this round are free again */
    default:
        return false;
    }
}

static bool again_after_loss(rc_run *run, rc_command *command, const rc_error *error)
{
    rc_status status = error->status;
    run->met_uncovered |= status == RC_SLOT;
    if (rc_error_is_lack(error) || !may_try_again(run, command, status)) {
        return false;
    }
    bool lost = status != RC_SLOT && !rc_pool_refused(status);
    if (lost && !run->lost_sole) {
        run->refresh_from = rc_slotmap_random_primary(run->map); /* others serve reads as well */
    } else {
        run->refresh |= !rc_pool_refused(status);
    }
    if (lost && run->lost_sole) {
        const rc_retry_policy *policy = &options_of(run)->retry;
        wait_at_least(run, rc_backoff(run->lost_rounds - 1, policy->delay, policy->delay_max));
        wait_at_least(run, run->rest);
    }
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    return true;
}

static bool decide_unknown(rc_run *run, rc_command *command)
{
    const rc_error *error = rc_batch_error(run->batch, command);
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool harmless =
        (read || options_of(run)->retry_writes) && !(command->flags & RC_COMMAND_OVERTAKEN);
    /* What came instead of the reply was garbage: to ask for more of it helps nobody. */
    if (harmless && error->status != RC_PROTOCOL && again_after_loss(run, command, error)) {
        command->flags |= read ? 0 : RC_COMMAND_MAYBE_RAN;
        return true;
    }
    if (!read && command->slot != RC_NO_SLOT) {
        rc_set_bit(run->unknown_slots, command->slot);
        run->any_unknown = true;
    }
    return false;
}

static bool decide_not_sent(rc_run *run, rc_command *command)
{
    return !close_behind_unknown(run, command) &&
           again_after_loss(run, command, rc_batch_error(run->batch, command));
}

/* decide_held: it waited for one before it, whose outcome may forbid it to go at all. */
static bool decide_held(rc_run *run, rc_command *command)
{
    return !close_behind_unknown(run, command);
}

static bool decide(rc_run *run, rc_command *command, bool first)
{
    switch ((rc_state)command->state) {
    case RC_REFUSED:
        return decide_refused(run, command, first);
    case RC_UNKNOWN:
        return decide_unknown(run, command);
    case RC_NOT_SENT:
        return decide_not_sent(run, command);
    case RC_HELD:
        return decide_held(run, command);
    case RC_REPLIED:
        break;
    }
    return false;
}

/* ---- the round ---- */

/* talked: how long conversations of this round had gone on before they broke. */
static rc_msec talked(const rc_run *run)
{
    int64_t now = rc_now_us();
    int64_t longest = 0;
    for (size_t i = 0; i < run->lane_count; i++) {
        const rc_lane *lane = &run->lanes[i];
        bool counts = lane->lost && lane->began != 0;
        longest = counts && now - lane->began > longest ? now - lane->began : longest;
    }
    return longest / 1000;
}

/*
 * note_timeout: when the tries are over, and replicas alone were silent, the primary is left. Which
 * replicas were silent is forgotten sooner than a long timeout ends, so this is not.
 */
static void note_timeout(rc_run *run)
{
    run->timeout_rounds++;
    run->replicas_spent |= options_of(run)->timeout_rounds > 0 && is_spent(run) && !run->lost_sole;
}

/* note_loss: a conversation that goes on for long after the first loss is not spent waiting. */
static void note_loss(rc_run *run, bool timeout)
{
    if (run->lost_at == 0) {
        run->lost_at = rc_now();
    } else if (!timeout) {
        run->lost_at += talked(run);
    }
}

/* is_nodes_fault: what this process lacks says nothing of the node. */
static bool is_nodes_fault(const rc_run *run, const rc_lane *lane)
{
    return lane->lost && !rc_pool_refused(lane->loss) && lane->loss != RC_NOMEM &&
           !rc_error_is_lack(&run->batch->errors[lane->error]);
}

/* count_losses: false when every command of the round got a reply and none of them is an error. */
static bool count_losses(rc_run *run)
{
    bool lost = false;
    bool timeout = false;
    bool broken_off = false;
    bool errors = false;
    size_t in_lanes = 0;
    run->conversed = false;
    for (size_t i = 0; i < run->lane_count; i++) {
        const rc_lane *lane = &run->lanes[i];
        in_lanes += lane->count;
        errors |= lane->errors || lane->lost;
        run->conversed |= !(lane->lost && rc_pool_refused(lane->loss));
        lost |= lane->lost && !rc_pool_refused(lane->loss);
        timeout |= lane->lost && lane->loss == RC_TIMEOUT;
        broken_off |= lane->broken_off;
        if (is_nodes_fault(run, lane)) {
            rc_topology_doubt(run->executor->topology, lane->node);
        }
        if (lane->lost && !lane->replaceable && !rc_pool_refused(lane->loss)) {
            run->lost_sole = true;
            rc_msec rest = rc_pool_rest(run->executor->pool, lane->node);
            run->rest = run->rest > rest ? run->rest : rest;
        }
    }
    if (lost) {
        note_loss(run, timeout);
    }
    if (timeout) {
        note_timeout(run);
    }
    run->lost_rounds += lost;
    run->broken_off_rounds += broken_off;
    return errors || in_lanes < run->open_count;
}

static void begin_count(rc_run *run)
{
    run->refresh = run->met_uncovered = false;
    run->refresh_from = RC_NO_NODE;
    run->rest = 0;
    run->lost_sole = false;
    memset(run->met, 0, sizeof run->met);
    run->behind_error = run->hops_error = run->follow_error = UINT32_MAX;
    run->delay = 0;
}

static void end_count(rc_run *run)
{
    for (int kind = 0; kind < RC_PATIENCE_KINDS; kind++) {
        run->refused_rounds[kind] += run->met[kind];
    }
    run->slot_rounds += run->met_uncovered;
}

void rc_run_settle(rc_run *run)
{
    begin_count(run);
    if (!count_losses(run)) {
        run->open_count = 0;
        return;
    }
    rc_run_mark_order(run);
    size_t kept = 0;
    for (size_t i = 0; i < run->open_count; i++) {
        uint32_t index = run->open[i];
        rc_command *command = &run->batch->commands[index];
        if (rc_run_goes_on(run, i) ? decide(run, command, kept == 0)
                                   : command->state != RC_REPLIED) {
            run->open[kept++] = index;
        }
    }
    run->open_count = kept;
    learn_moves(run);
    end_count(run);
}

/* add_refused: why the call is over, and what a server said before that to one of its commands. */
static uint32_t add_refused(rc_run *run, const rc_command *command, const rc_error *error)
{
    const rc_tape *tape = rc_batch_reply(run->batch, command);
    if (tape == NULL) {
        return rc_batch_add_error(run->batch, error);
    }
    char text[RC_MESSAGE_MAX];
    snprintf(text, sizeof text, "%.100s; the server's last word was: %.300s", error->message,
             rc_tape_text(tape, rc_tape_item(tape, command->reply)));
    return add_error(run, error->status, text);
}

void rc_run_close_all(rc_run *run, const rc_error *error)
{
    uint32_t number = rc_batch_add_error(run->batch, error);
    uint32_t refused = UINT32_MAX;
    for (size_t i = 0; i < run->open_count; i++) {
        rc_command *command = &run->batch->commands[run->open[i]];
        if (command->state == RC_REFUSED) {
            refused = refused == UINT32_MAX ? add_refused(run, command, error) : refused;
            close_with(command, RC_REFUSED, refused);
        } else {
            close_with(command, command->state == RC_UNKNOWN ? RC_UNKNOWN : RC_NOT_SENT, number);
        }
    }
    run->open_count = 0;
}
