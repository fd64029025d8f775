/*
 * settle: after a round, which commands go out again.
 *
 * The promise about retries lives in this file. A command goes out again when it did not run (not
 * sent, or refused), or when it only reads; never when a later command on its slot may have run
 * before it, and never behind a write of unknown outcome on its slot.
 */
#include "run.h"

#include <stdio.h>

static const rc_options *options_of(const rc_run *run)
{
    return run->executor->options;
}

static bool bit_is_set(const uint8_t *bits, uint16_t slot)
{
    return slot != RC_NO_SLOT && (bits[slot / 8] >> (slot % 8) & 1);
}

static void set_bit(uint8_t *bits, uint16_t slot)
{
    if (slot != RC_NO_SLOT) {
        bits[slot / 8] = (uint8_t)(bits[slot / 8] | 1u << (slot % 8));
    }
}

static const rc_item *reply_of(const rc_run *run, const rc_command *command, const char **text)
{
    const rc_tape *tape = rc_batch_reply(run->batch, command);
    const rc_item *item = rc_tape_item(tape, command->reply);
    *text = item->type == RC_ITEM_ERROR ? rc_tape_text(tape, item) : NULL;
    return item;
}

static rc_redirect redirect_of(const rc_run *run, const rc_command *command)
{
    const char *text;
    const rc_item *item = reply_of(run, command, &text);
    if (text == NULL) {
        return (rc_redirect){.refusal = RC_REFUSAL_NONE};
    }
    rc_redirect redirect = rc_redirect_parse(text, item->size);
    bool elsewhere = redirect.refusal == RC_REFUSAL_MOVED || redirect.refusal == RC_REFUSAL_ASK ||
                     redirect.refusal == RC_REFUSAL_READONLY;
    if (elsewhere && (command->flags & RC_COMMAND_PINNED)) {
        redirect.refusal = RC_REFUSAL_NONE; /* who asked that very node gets its very words */
    }
    return redirect;
}

/* ---- order ---- */

static void mark_refused(rc_run *run)
{
    for (size_t i = 0; i < run->open_count; i++) {
        rc_command *command = &run->batch->commands[run->open[i]];
        if (command->state == RC_REPLIED && redirect_of(run, command).refusal != RC_REFUSAL_NONE) {
            command->state = RC_REFUSED;
        }
    }
}

/* can_be_overtaken: it has no outcome yet, and what it met says nothing of those behind it. */
static bool can_be_overtaken(const rc_run *run, const rc_command *command)
{
    if (command->flags & RC_COMMAND_HELD) {
        return false;
    }
    bool refused = command->state == RC_REFUSED;
    return refused ? !rc_redirect_keeps_order(redirect_of(run, command).refusal)
                   : command->state == RC_UNKNOWN && (command->flags & RC_COMMAND_READ);
}

/*
 * mark_overtaken goes backwards. A write that goes out again must not find that any later command
 * on its slot has, or may have, run; a read, that a later write has.
 */
static void mark_overtaken(rc_run *run)
{
    uint8_t passed[RC_SLOTS / 8] = {0};
    uint8_t written[RC_SLOTS / 8] = {0};
    for (size_t i = run->open_count; i-- > 0;) {
        rc_command *command = &run->batch->commands[run->open[i]];
        bool read = command->flags & RC_COMMAND_READ;
        if (can_be_overtaken(run, command) && bit_is_set(read ? written : passed, command->slot)) {
            command->flags |= RC_COMMAND_OVERTAKEN;
        }
        if (command->state == RC_REPLIED || command->state == RC_UNKNOWN) {
            set_bit(passed, command->slot);
            if (!read) {
                set_bit(written, command->slot);
            }
        }
    }
}

/* ---- decisions: true when the command goes out again ---- */

static void wait_at_least(rc_run *run, rc_msec delay)
{
    if (run->delay < delay) {
        run->delay = delay;
    }
}

static void note_hop(rc_run *run, const rc_node *from, rc_node_id to)
{
    const rc_node *target = rc_pool_at(run->executor->pool, to);
    size_t used = strlen(run->trail);
    if (used == 0) {
        used = (size_t)snprintf(run->trail, sizeof run->trail, "%s:%d", from->host, from->port);
    }
    if (used < sizeof run->trail) {
        snprintf(run->trail + used, sizeof run->trail - used, " -> %s:%d", target->host,
                 target->port);
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

static const rc_node *node_that_answered(const rc_run *run, const rc_command *command)
{
    for (size_t i = 0; i < run->lane_count; i++) {
        if (run->lanes[i].tape_number == command->tape && run->lanes[i].tape != NULL) {
            return rc_pool_at(run->executor->pool, run->lanes[i].node);
        }
    }
    return NULL;
}

static bool follow(rc_run *run, rc_command *command, const rc_redirect *redirect, bool ask,
                   bool first)
{
    rc_topology *topology = run->executor->topology;
    const rc_node *answering = node_that_answered(run, command);
    rc_node_id target =
        rc_topology_node(topology, redirect->host, redirect->port, answering, run->call);
    if (target == RC_NO_NODE) {
        close_with(command, RC_REFUSED, add_error(run, RC_NOMEM, rc_status_text(RC_NOMEM)));
        return false;
    }
    if (first) {
        note_hop(run, answering, target);
    }
    command->node = target;
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    command->flags |= ask ? RC_COMMAND_ASKING : RC_COMMAND_MOVED;
    if (!ask && rc_topology_moved(topology, redirect->slot, target)) {
        run->refresh = true;
    }
    return true;
}

/*
 * give_up: MOVED or ASK without end says where it went; other refusals speak for themselves, unless
 * they hide that an earlier try may have run.
 */
static void give_up(rc_run *run, rc_command *command, rc_refusal refusal)
{
    if (refusal != RC_REFUSAL_NONE && rc_redirect_patience(refusal) == RC_PATIENCE_HOP) {
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "redirected %d times without end: %.400s",
                 run->refused_rounds[RC_PATIENCE_HOP], run->trail);
        close_with(command, RC_REFUSED, shared_error(run, &run->hops_error, RC_REDIRECTS, text));
    } else if (command->flags & RC_COMMAND_MAYBE_RAN) {
        const char *words;
        reply_of(run, command, &words);
        char text[RC_MESSAGE_MAX];
        snprintf(text, sizeof text, "no reply to the first try, and to the next: %.400s", words);
        close_with(command, RC_UNKNOWN, add_error(run, RC_CLOSED, text));
    }
}

/* close_behind_unknown: false if nothing of unknown outcome stands before the command on its slot.
 */
static bool close_behind_unknown(rc_run *run, rc_command *command)
{
    if (!run->any_unknown || (command->flags & RC_COMMAND_READ) ||
        !bit_is_set(run->unknown_slots, command->slot)) {
        return false;
    }
    rc_state state = command->state == RC_REFUSED ? RC_REFUSED : RC_NOT_SENT;
    close_with(command, state,
               shared_error(run, &run->behind_error, RC_BEHIND_UNKNOWN,
                            rc_status_text(RC_BEHIND_UNKNOWN)));
    return true;
}

static bool decide_refused(rc_run *run, rc_command *command, bool first)
{
    if (close_behind_unknown(run, command)) {
        return false;
    }
    rc_redirect redirect = redirect_of(run, command);
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
        return follow(run, command, &redirect, false, first);
    case RC_ACTION_ASK:
        return follow(run, command, &redirect, true, first);
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

/* may_try_again: whether this kind of failure is worth another round at all. */
static bool may_try_again(rc_run *run, rc_status status)
{
    const rc_options *options = options_of(run);
    switch (status) {
    case RC_CONNECT:
    case RC_CLOSED:
        return run->lost_rounds <= options->lost_rounds;
    case RC_TIMEOUT:
        return run->timeout_rounds <= options->timeout_rounds;
    case RC_PROTOCOL:
        return run->lost_rounds <= 1;
    case RC_SLOT:
        run->met_uncovered = true;
        return run->slot_rounds == 0;
    case RC_POOL_FULL:
    case RC_POOL_TIMEOUT:
        return run->conversed; /* the connections of this round are free again */
    default:
        return false;
    }
}

static bool again_after_loss(rc_run *run, rc_command *command, rc_status status)
{
    if (!may_try_again(run, status)) {
        return false;
    }
    run->refresh |= !rc_pool_refused(status);
    if (status != RC_SLOT && !rc_pool_refused(status)) {
        const rc_retry_policy *policy = &options_of(run)->retry;
        wait_at_least(run, rc_backoff(run->lost_rounds - 1, policy->delay, policy->delay_max));
    }
    command->flags &= (uint8_t) ~(RC_COMMAND_ASKING | RC_COMMAND_MOVED);
    return true;
}

static bool decide_unknown(rc_run *run, rc_command *command)
{
    rc_status status = rc_batch_error(run->batch, command)->status;
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool harmless =
        (read || options_of(run)->retry_writes) && !(command->flags & RC_COMMAND_OVERTAKEN);
    /* What came instead of the reply was garbage: to ask for more of it helps nobody. */
    if (harmless && status != RC_PROTOCOL && again_after_loss(run, command, status)) {
        command->flags |= read ? 0 : RC_COMMAND_MAYBE_RAN;
        return true;
    }
    if (!read) {
        set_bit(run->unknown_slots, command->slot);
        run->any_unknown = true;
    }
    return false;
}

static bool decide_not_sent(rc_run *run, rc_command *command)
{
    return !close_behind_unknown(run, command) &&
           again_after_loss(run, command, rc_batch_error(run->batch, command)->status);
}

/* decide_held: it waited for one before it, whose outcome may forbid it to go at all. */
static bool decide_held(rc_run *run, rc_command *command)
{
    command->flags &= (uint8_t)~RC_COMMAND_HELD;
    return !close_behind_unknown(run, command);
}

static bool decide(rc_run *run, rc_command *command, bool first)
{
    if (command->flags & RC_COMMAND_HELD) {
        return decide_held(run, command);
    }
    switch ((rc_state)command->state) {
    case RC_REFUSED:
        return decide_refused(run, command, first);
    case RC_UNKNOWN:
        return decide_unknown(run, command);
    case RC_NOT_SENT:
        return decide_not_sent(run, command);
    case RC_REPLIED:
        break;
    }
    return false;
}

/* ---- the round ---- */

/* count_losses: false when every command of the round got a reply and none of them is an error. */
static bool count_losses(rc_run *run)
{
    bool lost = false;
    bool timeout = false;
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
    }
    run->lost_rounds += lost;
    run->timeout_rounds += timeout;
    return errors || in_lanes < run->open_count;
}

static void begin_count(rc_run *run)
{
    run->refresh = run->met_uncovered = false;
    memset(run->met, 0, sizeof run->met);
    run->behind_error = run->hops_error = UINT32_MAX;
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
    mark_refused(run);
    mark_overtaken(run);
    size_t kept = 0;
    for (size_t i = 0; i < run->open_count; i++) {
        uint32_t index = run->open[i];
        if (decide(run, &run->batch->commands[index], kept == 0)) {
            run->open[kept++] = index;
        }
    }
    run->open_count = kept;
    end_count(run);
}

void rc_run_close_all(rc_run *run, const rc_error *error)
{
    uint32_t number = rc_batch_add_error(run->batch, error);
    for (size_t i = 0; i < run->open_count; i++) {
        rc_command *command = &run->batch->commands[run->open[i]];
        close_with(command, command->state == RC_UNKNOWN ? RC_UNKNOWN : RC_NOT_SENT, number);
    }
    run->open_count = 0;
}
