/*
 * fuzz_core: whatever nodes and networks do, the core keeps its promises.
 *
 * A client of a modelled cluster makes up to four calls; the input decides its options, its
 * commands and each disturbance (see dice, kernel, model). Every command has an outcome that agrees
 * with what the nodes did, no write runs twice, the order on a key holds, all connections come
 * back, and an undisturbed call succeeds.
 */
#include "core/base/crc16.h"
#include "core/cluster.h"
#include "dice.h"
#include "model.h"
#include "system.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS = 4, BATCH_MAX = 40, LATE = 300, LONG = 1200 * 1000, PAD_MAX = 4 * 255 };

typedef struct rig {
    model_options nodes;
    rc_options options;
    rc_address startup[2];
    rc_cluster *cluster;
    rc_batch batch;
    rc_call call;
    rc_state states[MODEL_COMMANDS]; /* outcomes of all calls */
    unsigned count;
} rig;

/* ---- the client ---- */

static void choose_limits(rig *self)
{
    static const size_t limits[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, 1, 2};
    self->options.max_connections = limits[dice_below(5)];
    self->options.max_connections_per_node = limits[dice_below(5)];
    self->options.pool_timeout = dice_rare(128) ? 500 : 0;
    self->nodes.most_connections = self->options.max_connections;
    self->nodes.most_to_one = self->options.max_connections_per_node;
}

static void choose_options(rig *self)
{
    static char host[] = "h0";
    static char secret[] = "secret";
    static const rc_msec timeouts[] = {1000, -1, 150, 1000};
    rc_options_default(&self->options);
    self->startup[0] = (rc_address){.host = host, .port = KERNEL_PORT};
    self->startup[1] = (rc_address){.host = host, .port = KERNEL_PORT + 4};
    self->options.startup = self->startup;
    self->options.startup_count = 1 + dice_below(2);
    self->options.socket_timeout = timeouts[dice_below(4)];
    self->options.connect_timeout = dice_rare(64) ? 200 : 2000;
    self->options.password = dice_rare(64) ? secret : NULL;
    self->options.client_name = dice_rare(32) ? secret : NULL;
    self->options.allow_uncovered = dice_rare(64);
    self->options.refresh_after_moved = dice_rare(64) ? (int)dice_below(4) : 25;
    if (dice_rare(64)) {
        self->options.lost_rounds = (int)dice_below(4);
        self->options.timeout_rounds = (int)dice_below(3);
    }
    if (dice_rare(96)) {
        self->options.failover_timeout = 20 * (rc_msec)dice_roll();
    }
    self->options.retry_writes = self->nodes.reruns = dice_rare(32);
    choose_limits(self);
}

static void choose_nodes(rig *self)
{
    static const model_mode modes[] = {MODEL_SOUND, MODEL_SOUND, MODEL_CAPRICE, MODEL_MALICIOUS};
    static const unsigned troubles[] = {1, 0, 1, 2, 2, 3, 4, 6};
    self->nodes.mode = modes[dice_below(4)];
    self->nodes.trouble = troubles[dice_below(8)];
}

static bool interrupted(void *context)
{
    (void)context;
    return model_trouble(2);
}

static bool map_address(void *context, char *host, int *port)
{
    (void)context;
    DEMAND(strlen(host) < RC_HOST_MAX && *port >= 0 && *port <= 65535);
    return !model_trouble(1);
}

static void begin_call(rig *self)
{
    model_begin_call();
    self->call = (rc_call){.deadline = RC_NEVER};
    if (dice_rare(32)) {
        self->call.deadline = kernel_now() + 10 * (rc_msec)dice_roll();
    }
    self->call.interrupted = dice_rare(128) ? interrupted : NULL;
    self->call.map_address = dice_rare(64) ? map_address : NULL;
}

/* ---- commands ---- */

static void write_command(rig *self, unsigned number, const model_command *made, uint8_t flags,
                          rc_node_id node)
{
    static const char pad[PAD_MAX];
    rc_batch *batch = &self->batch;
    uint16_t slot = RC_NO_SLOT;
    DEMAND(rc_batch_begin(batch, 4) == RC_OK);
    DEMAND(rc_batch_argument(batch, made->write ? "W" : "R", 1) == RC_OK);
    DEMAND(rc_batch_integer(batch, number) == RC_OK);
    if (made->key >= 0) {
        const char *key = model_key(made->key);
        slot = rc_key_slot(key, strlen(key));
        DEMAND(rc_batch_argument(batch, key, strlen(key)) == RC_OK);
    }
    DEMAND(rc_batch_argument(batch, pad, dice_rare(32) ? 4 * dice_roll() : 0) == RC_OK);
    rc_command *command = rc_batch_end(batch, slot, flags, number);
    DEMAND(command != NULL);
    command->node = node;
}

static void add_command(rig *self, unsigned key_count)
{
    unsigned roll = dice_roll();
    bool write = roll % 2 == 0;
    bool primary = roll % 16 == 1;
    bool pinned = dice_rare(16);
    int key = dice_rare(8) ? -1 : (int)dice_below(key_count);
    rc_node_id node = RC_NO_NODE;
    if (pinned) {
        int port = KERNEL_PORT + (int)dice_below(MODEL_NODES + 1);
        /* Held as long as the client: it goes with the nodes. */
        DEMAND(rc_cluster_hold_address(self->cluster, "h0", port, &node) == RC_OK);
    }
    bool replicas = self->batch.read_policy != RC_READ_PRIMARY && !write && !primary;
    uint8_t flags = (uint8_t)((write ? 0 : RC_COMMAND_READ) | (primary ? RC_COMMAND_PRIMARY : 0) |
                              (pinned ? RC_COMMAND_PINNED : 0));
    unsigned number = model_add(key, write, pinned, replicas);
    write_command(self, number, model_command_at(number), flags, node);
    self->count = number + 1;
}

static void write_batch(rig *self)
{
    self->batch.read_policy = dice_rare(64) ? (rc_read_policy)dice_below(5) : RC_READ_PRIMARY;
    unsigned key_count = dice_rare(128) ? MODEL_KEYS : 1 + dice_below(MODEL_KEYS);
    unsigned count = 1 + dice_below(BATCH_MAX);
    for (unsigned i = 0; i < count; i++) {
        add_command(self, key_count);
    }
}

/* ---- what must hold of replies ---- */

/* read_pair reads the numbers of the command and of its run out of a reply. */
static bool read_pair(const rc_reply_tree *tree, size_t position, unsigned *number,
                      unsigned *execution)
{
    const rc_item *item = rc_reply_tree_item(tree, position);
    switch (item->type) {
    case RC_ITEM_INTEGER:
        *number = (unsigned)(item->integer >> 12);
        *execution = (unsigned)item->integer & 0xfff;
        return true;
    case RC_ITEM_ARRAY:
        DEMAND(item->size == 3);
        *number = (unsigned)item[1].integer;
        *execution =
            (unsigned)rc_reply_tree_item(tree, rc_reply_tree_next(tree, position + 2))->integer;
        return true;
    case RC_ITEM_ERROR:
        return sscanf(rc_reply_tree_text(tree, item), "ERR %u %u", number, execution) == 2;
    case RC_ITEM_STATUS:
    case RC_ITEM_STRING:
        return sscanf(rc_reply_tree_text(tree, item), "%u %u", number, execution) == 2;
    default:
        return false;
    }
}

/* check_refusal: the words are those that a node said about this command. */
static void check_refusal(const rc_reply_tree *tree, const rc_command *command)
{
    const rc_item *item = rc_reply_tree_item(tree, command->reply);
    DEMAND(item->type == RC_ITEM_ERROR);
    const char *mark = strrchr(rc_reply_tree_text(tree, item), '#');
    DEMAND(mark != NULL && (unsigned)atoi(mark + 1) == command->tag);
}

/* check_read: a read saw every write before it, and none behind it. */
static void check_read(rig *self, const model_command *read, const model_run *execution)
{
    if (self->nodes.mode != MODEL_SOUND || self->nodes.reruns || !execution->ordered ||
        read->replicas) {
        return;
    }
    DEMAND(execution->before < (int)read->place);
    for (size_t i = 0; i < self->batch.count; i++) {
        const rc_command *other = &self->batch.commands[i];
        const model_command *write = model_command_at(other->tag);
        bool earlier =
            write->key == read->key && write->write && !write->pinned && write->place < read->place;
        bool ran = other->state == RC_REPLIED && write->runs > 0;
        DEMAND(!earlier || !ran || execution->before >= (int)write->place);
    }
}

static void check_reply(rig *self, const rc_command *command)
{
    unsigned number;
    unsigned run_number;
    const rc_reply_tree *tree = rc_batch_reply(&self->batch, command);
    DEMAND(tree != NULL && command->reply < tree->count);
    if (!model_trustworthy()) {
        return;
    }
    const model_command *model = model_command_at(command->tag);
    if (!read_pair(tree, command->reply, &number, &run_number)) {
        check_refusal(tree, command);
        return;
    }
    const model_run *execution = model_run_at(run_number);
    DEMAND(number == command->tag && execution != NULL && execution->command == number);
    DEMAND(!model_calm() || model->runs > 0);
    if (model->key >= 0 && !model->write && !model->pinned) {
        check_read(self, model, execution);
    }
}

/* ---- what must hold of outcomes ---- */

static void check_error(rig *self, const rc_command *command)
{
    const rc_error *error = rc_batch_error(&self->batch, command);
    DEMAND(error != NULL && error->status > RC_OK && error->status < RC_STATUS_COUNT);
    DEMAND(error->message[0] != '\0');
}

static void check_outcome(rig *self, const rc_command *command)
{
    self->states[command->tag] = (rc_state)command->state;
    dice_tell("command %u became %d%s%s\n", command->tag, command->state,
              command->tree == RC_NO_TREE ? ": " : "",
              command->tree == RC_NO_TREE ? rc_batch_error(&self->batch, command)->message : "");
    switch ((rc_state)command->state) {
    case RC_REPLIED:
        check_reply(self, command);
        return;
    case RC_REFUSED:
        if (command->tree != RC_NO_TREE && model_trustworthy()) {
            check_refusal(rc_batch_reply(&self->batch, command), command);
            return;
        }
        break;
    case RC_NOT_SENT:
    case RC_UNKNOWN:
        DEMAND(command->tree == RC_NO_TREE);
        break;
    default:
        DEMAND(!"an outcome");
    }
    if (command->tree == RC_NO_TREE) {
        check_error(self, command);
    }
}

static void check_connections(rig *self)
{
    size_t idle = 0;
    size_t taken = 0;
    for (size_t i = 0; i < rc_cluster_node_count(self->cluster); i++) {
        const rc_node *node = rc_cluster_node(self->cluster, (rc_node_id)i);
        idle += node == NULL ? 0 : node->idle_count;
        taken += node == NULL ? 0 : node->taken;
    }
    DEMAND(taken <= 1); /* a fetch of the slot table may outlive the call that began it */
    DEMAND(kernel_open(-1) == idle + taken);
}

static void check_time(const rig *self, rc_msec begun)
{
    DEMAND(self->call.deadline == RC_NEVER || kernel_now() <= self->call.deadline + LATE ||
           kernel_now() <= begun + LATE);
    DEMAND(self->options.socket_timeout < 0 || kernel_now() - begun < LONG);
}

/* was_passed: a command on its slot went to a node of its own choice, and may have run before it.
 */
static bool was_passed(const rig *self, const rc_command *command)
{
    for (size_t i = 0; i < self->batch.count; i++) {
        const rc_command *other = &self->batch.commands[i];
        if (other->slot == command->slot && other->flags & RC_COMMAND_PINNED) {
            return true;
        }
    }
    return false;
}

/* check_calm: nobody disturbed the call, so everything has succeeded. */
static void check_calm(rig *self, bool calm)
{
    if (!calm || !model_calm() || self->call.deadline != RC_NEVER) {
        return;
    }
    for (size_t i = 0; i < self->batch.count; i++) {
        const rc_command *command = &self->batch.commands[i];
        const model_command *model = model_command_at(command->tag);
        bool fine = (command->state == RC_REPLIED && model->runs > 0) || was_passed(self, command);
        dice_demand(fine, command->tree != RC_NO_TREE
                              ? "what a calm cluster replied"
                              : rc_batch_error(&self->batch, command)->message);
    }
}

/* check_runs looks at the end, when no request is under way any more: did any run in spite of all?
 */
static void check_runs(const rig *self)
{
    for (unsigned i = 0; i < self->count && model_trustworthy(); i++) {
        const model_command *command = model_command_at(i);
        bool must_not = self->states[i] == RC_NOT_SENT || self->states[i] == RC_REFUSED;
        DEMAND(!must_not || !command->write || command->runs == 0);
    }
}

/* ---- calls ---- */

static void execute(rig *self)
{
    rc_batch_clear(&self->batch);
    write_batch(self);
    bool calm = model_calm();
    rc_msec begun = kernel_now();
    dice_tell("%lld: %zu commands%s\n", (long long)begun, self->batch.count,
              calm ? "" : ", not calm");
    rc_status status = rc_cluster_execute(self->cluster, &self->batch, &self->call);
    DEMAND(status == RC_OK || (status == RC_INTERRUPTED && self->call.interrupted != NULL) ||
           (status == RC_INTERRUPTED && self->call.map_address != NULL));
    for (size_t i = 0; i < self->batch.count; i++) {
        check_outcome(self, &self->batch.commands[i]);
    }
    check_connections(self);
    check_time(self, begun);
    check_calm(self, calm);
}

static void open_or_refresh(rig *self, bool first)
{
    rc_error error;
    rc_error_clear(&error);
    bool calm = model_calm();
    rc_status status = first ? rc_cluster_open(self->cluster, &self->call, &error)
                             : rc_cluster_refresh(self->cluster, &self->call, &error);
    DEMAND(status == RC_OK || error.message[0] != '\0');
    DEMAND(status == RC_OK || !calm || !model_calm() || self->call.deadline != RC_NEVER);
    check_connections(self);
}

static void play(rig *self)
{
    unsigned calls = 1 + dice_below(CALLS);
    for (unsigned i = 0; i <= calls; i++) {
        begin_call(self);
        unsigned roll = dice_roll();
        if (i == 0 || roll >= 240) {
            open_or_refresh(self, i == 0);
        } else {
            execute(self);
        }
        if (self->call.deadline != RC_NEVER) {
            model_disturb(); /* a node that it had no time for is left alone for a while */
        }
        if (roll % 4 == 3) {
            kernel_sleep(20 * (rc_msec)dice_roll());
        }
        if (roll % 32 == 30) {
            rc_cluster_disconnect(self->cluster);
            check_connections(self);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t windows[] = {65536, 64, 700, 4096};
    static rig self;
    rc_error error;
    dice_load(data, size);
    self = (rig){.batch = self.batch};
    dice_roll(); /* has been looked at already */
    choose_nodes(&self);
    choose_options(&self);
    system_start();
    kernel_start(windows[dice_below(4)]);
    model_start(&self.nodes);
    self.cluster = rc_cluster_new(&self.options, &error);
    DEMAND(self.cluster != NULL);
    play(&self);
    dice_calm();
    kernel_sleep(3600 * 1000); /* what was sent and given up is processed now, or never */
    check_runs(&self);
    rc_cluster_free(self.cluster);
    kernel_stop();
    system_stop();
    return 0;
}
