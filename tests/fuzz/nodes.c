#include "nodes.h"

#include "core/base/crc16.h"
#include "dice.h"

#include <stdio.h>

enum { PRIMARIES = MODEL_NODES / 2, GROUP_SLOTS = RC_SLOTS / MODEL_GROUPS + 1 };

static node nodes[MODEL_NODES];
static int owners[MODEL_GROUPS];
static int importers[MODEL_GROUPS]; /* to whom the group migrates; below 0: to nobody */
static bool migrated[MODEL_KEYS];

void nodes_start(void)
{
    for (int i = 0; i < MODEL_NODES; i++) {
        nodes[i] = (node){.master = i < PRIMARIES ? -1 : i - PRIMARIES};
    }
    for (int i = 0; i < MODEL_GROUPS; i++) {
        owners[i] = i % PRIMARIES;
        importers[i] = -1;
    }
    memset(migrated, 0, sizeof migrated);
}

const node *nodes_at(int number)
{
    static const node nobody;
    return number < 0 || number >= MODEL_NODES ? &nobody : &nodes[number];
}

int nodes_group(int slot)
{
    return slot / GROUP_SLOTS;
}

bool nodes_work(void)
{
    rc_msec now = kernel_now();
    for (int i = 0; i < MODEL_NODES; i++) {
        const node *self = &nodes[i];
        if (self->paused_until > now || self->down_until > now || self->loading_until > now ||
            self->cut_off_until > now || self->readonly_until > now) {
            return false;
        }
    }
    for (size_t i = 0; i < kernel_count(); i++) {
        const stream *self = kernel_stream(i);
        if (self->open && (self->mute || self->readable_at > now)) {
            return false;
        }
    }
    return true;
}

/* ---- addresses ---- */

/* The machine has two names that work, and may be left out where the node itself is on it. */
static const char *host_name(void)
{
    unsigned roll = dice_roll();
    return roll < 160 ? "h0" : roll < 224 ? "" : "h1";
}

void nodes_address(char *text, size_t size, const char *word, int slot, int number)
{
    snprintf(text, size, "%s %d %s:%d", word, slot, host_name(), KERNEL_PORT + number);
}

static void add_line(stream *self, char kind, int value)
{
    char line[32];
    int length = snprintf(line, sizeof line, "%c%d\r\n", kind, value);
    kernel_reply(self, line, (size_t)length);
}

static void add_node(stream *self, int number)
{
    const char *host = host_name();
    int length = (int)strlen(host);
    add_line(self, '*', 2);
    if (length == 0 && dice_rare(128)) {
        add_line(self, '$', -1);
    } else {
        add_line(self, '$', length);
        kernel_reply(self, host, (size_t)length);
        kernel_reply(self, "\r\n", 2);
    }
    add_line(self, ':', KERNEL_PORT + number);
}

static void add_group(stream *self, int group, int owner)
{
    int replicas = 0;
    for (int i = 0; i < MODEL_NODES; i++) {
        replicas += nodes[i].master == owner;
    }
    int last = (group + 1) * GROUP_SLOTS - 1;
    add_line(self, '*', 3 + replicas);
    add_line(self, ':', group * GROUP_SLOTS);
    add_line(self, ':', last < RC_SLOTS ? last : RC_SLOTS - 1);
    add_node(self, owner);
    for (int i = 0; i < MODEL_NODES; i++) {
        if (nodes[i].master == owner) {
            add_node(self, i);
        }
    }
}

void nodes_table(stream *self, int stale, bool holes)
{
    int hole = holes ? (int)dice_below(MODEL_GROUPS) : MODEL_GROUPS;
    add_line(self, '*', hole);
    for (int i = 0; i < hole; i++) {
        add_group(self, i, i == stale ? (int)dice_below(MODEL_NODES) : owners[i]);
    }
}

/* ---- refusals ---- */

static verdict redirect(const model_command *command, bool ask, int to, int *target, char *text,
                        size_t size)
{
    const char *key = model_key(command->key);
    nodes_address(text, size, ask ? "ASK" : "MOVED", rc_key_slot(key, strlen(key)), to);
    *target = ask ? to : -1;
    return VERDICT_REFUSED;
}

static const char *state_refusal(const node *self, const model_command *command)
{
    rc_msec now = kernel_now();
    if (self->loading_until > now) {
        return "LOADING Redis is loading the dataset in memory";
    }
    if (self->cut_off_until > now) {
        return "CLUSTERDOWN The cluster is down";
    }
    if (self->readonly_until > now && command->write) {
        return "READONLY You can't write against a read only replica.";
    }
    return NULL;
}

verdict nodes_judge(const stream *self, const model_command *command, bool asking, int *target,
                    char *text, size_t size)
{
    const node *answering = &nodes[self->node];
    const char *refusal = state_refusal(answering, command);
    if (refusal != NULL) {
        snprintf(text, size, "%s", refusal);
        return VERDICT_REFUSED;
    }
    if (command->key < 0) {
        return VERDICT_RUN;
    }
    int group = command->key / 2;
    int owner = owners[group];
    if (owner == self->node) {
        return importers[group] >= 0 && migrated[command->key]
                   ? redirect(command, true, importers[group], target, text, size)
                   : VERDICT_RUN;
    }
    if (importers[group] == self->node && asking && migrated[command->key]) {
        return VERDICT_RUN_ASKED;
    }
    if (answering->master == owner && self->readonly && !command->write) {
        return VERDICT_RUN;
    }
    return redirect(command, false, owner, target, text, size);
}

/* ---- changes ---- */

static int any_primary(void)
{
    int number = (int)dice_below(MODEL_NODES);
    return nodes[number].master < 0 ? number : nodes[number].master;
}

static void end_migration(int group, int owner)
{
    owners[group] = owner;
    importers[group] = -1;
    migrated[2 * group] = migrated[2 * group + 1] = false;
}

/* migrate takes the next step of a group's way to another node: begin, a key, the other, end. */
static void migrate(int group)
{
    if (importers[group] < 0) {
        int to = any_primary();
        importers[group] = to == owners[group] ? -1 : to;
        migrated[2 * group + (int)dice_below(2)] = importers[group] >= 0;
    } else if (!migrated[2 * group] || !migrated[2 * group + 1]) {
        migrated[2 * group] = migrated[2 * group + 1] = true;
    } else {
        end_migration(group, importers[group]);
    }
}

static void replace(int *number, int from, int to)
{
    *number = *number == from ? to : *number;
}

/* fail_over gives the place of a primary to its replica, which it follows from then on. */
static void fail_over(int number)
{
    int old = nodes[number].master < 0 ? number : nodes[number].master;
    int heir = -1;
    for (int i = 0; i < MODEL_NODES; i++) {
        heir = nodes[i].master == old ? i : heir;
    }
    nodes[old].master = heir;
    nodes[heir].master = -1;
    for (int i = 0; i < MODEL_GROUPS; i++) {
        replace(&owners[i], old, heir);
        replace(&importers[i], old, heir);
    }
}

static void kill_node(int number, rc_msec until)
{
    nodes[number].down_until = until;
    for (size_t i = 0; i < kernel_count(); i++) {
        stream *self = kernel_stream(i);
        if (self->node == number && !self->ended) {
            kernel_end(self, true);
        }
    }
}

void nodes_change(int number, unsigned kind)
{
    int group = (int)dice_below(MODEL_GROUPS);
    rc_msec until = kernel_now() + 20 * (rc_msec)dice_roll();
    switch (kind) {
    case 0:
        nodes[number].paused_until = until;
        break;
    case 1:
        kill_node(number, until);
        break;
    case 2:
        nodes[number].loading_until = until;
        break;
    case 3:
        nodes[number].cut_off_until = until;
        break;
    case 4:
        nodes[number].readonly_until = until;
        break;
    case 5:
        fail_over(number);
        break;
    case 6:
        end_migration(group, any_primary());
        break;
    default:
        migrate(group);
    }
}
