#include "model.h"

#include "core/base/crc16.h"
#include "dice.h"
#include "nodes.h"
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A client may leave a node alone for so long after it could not be reached. */
enum { REST = 600 };

enum { RUNS_MAX = 4096, TRIES_MAX = 400, KEY_MAX = 16, PAD_MAX = 4 * 255 };

static struct {
    model_options options;
    unsigned call;
    bool disturbed;
    rc_msec disturbed_at;
    bool lied;
    model_command commands[MODEL_COMMANDS];
    unsigned command_count;
    model_run runs[RUNS_MAX];
    unsigned run_count;
    unsigned last_call[MODEL_KEYS]; /* of the last write that ran on each key ... */
    unsigned last_place[MODEL_KEYS];
} model;

static char keys[MODEL_KEYS][KEY_MAX];

/* ---- commands ---- */

/* make_keys finds two keys of one slot in every group of slots. */
static void make_keys(void)
{
    for (int number = 0, found = 0; found < MODEL_GROUPS; number++) {
        char tag[KEY_MAX];
        int length = snprintf(tag, sizeof tag, "k%d", number);
        int group = nodes_group(rc_key_slot(tag, (size_t)length));
        if (keys[2 * group][0] == '\0') {
            snprintf(keys[2 * group], KEY_MAX, "{k%d}a", number);
            snprintf(keys[2 * group + 1], KEY_MAX, "{k%d}b", number);
            found++;
        }
    }
}

void model_start(const model_options *options)
{
    if (keys[0][0] == '\0') {
        make_keys();
    }
    memset(&model, 0, sizeof model);
    model.options = *options;
    nodes_start();
}

void model_begin_call(void)
{
    model.call++;
    model.disturbed = false;
}

void model_disturb(void)
{
    model.disturbed = true;
    model.disturbed_at = kernel_now();
}

bool model_calm(void)
{
    bool long_ago = kernel_now() - model.disturbed_at > REST;
    return !model.disturbed && long_ago && model.options.mode == MODEL_SOUND && nodes_work();
}

bool model_trustworthy(void)
{
    return !model.lied;
}

unsigned model_add(int key, bool write, bool pinned, bool replicas)
{
    DEMAND(model.command_count < MODEL_COMMANDS);
    unsigned place = 0;
    if (model.command_count > 0) {
        const model_command *last = &model.commands[model.command_count - 1];
        place = last->call == model.call ? last->place + 1 : 0;
    }
    model.commands[model.command_count] = (model_command){.key = key,
                                                          .write = write,
                                                          .pinned = pinned,
                                                          .replicas = replicas,
                                                          .call = model.call,
                                                          .place = place,
                                                          .asked = -1};
    return model.command_count++;
}

const model_command *model_command_at(unsigned number)
{
    DEMAND(number < model.command_count);
    return &model.commands[number];
}

const model_run *model_run_at(unsigned number)
{
    return number < model.run_count ? &model.runs[number] : NULL;
}

const char *model_key(int key)
{
    return keys[key];
}

/* ---- disturbances ---- */

bool model_trouble(unsigned weight)
{
    if (model.options.trouble == 0 || !dice_rare(weight * model.options.trouble)) {
        return false;
    }
    model_disturb();
    dice_tell("trouble of weight %u\n", weight);
    return true;
}

rc_msec model_delay(void)
{
    unsigned roll = dice_roll();
    return roll < 192 ? 0 : roll % 4;
}

rc_msec model_wakes(int node)
{
    return nodes_at(node)->paused_until;
}

void model_connect(stream *self)
{
    DEMAND(kernel_open(-1) <= model.options.most_connections);
    DEMAND(self->place < 0 || kernel_open(self->place) <= model.options.most_to_one);
    bool there = self->node >= 0 && self->node < MODEL_NODES &&
                 nodes_at(self->node)->down_until <= kernel_now();
    if (!there) {
        model_disturb();
    }
    self->connect_at = kernel_now() + model_delay();
    self->connected = there && !model_trouble(2);
    self->refusal = self->connected ? 0 : ECONNREFUSED;
    if (!self->connected) {
        self->node = -1;
    }
    if (model_trouble(1) || (!there && dice_rare(64))) {
        self->connected = false;
        self->connect_at = RC_NEVER;
        self->mute = true;
    }
    dice_tell("%lld: connect to %d, %s\n", (long long)kernel_now(), self->place,
              self->connected ? "accepted" : "in vain");
}

/* What was sent and not looked at is lost with the stream, or the node comes to it later. */
void model_closed(stream *self)
{
    self->reply.length = self->read = 0;
    if (self->mute || !self->connected) {
        model.disturbed_at = kernel_now(); /* the client has seen it only now */
    }
    dice_tell("%lld: a stream to node %d is closed\n", (long long)kernel_now(), self->node);
    if (self->sent.length > 0 && !self->mute && !self->ended) {
        unsigned roll = dice_roll();
        if (roll < 64) {
            kernel_end(self, true);
        }
        self->process_at = kernel_now() + 10 * (rc_msec)roll;
    }
}

/* ---- what is answered ---- */

static void say(stream *self, const char *text)
{
    dice_tell("%lld: node %d says %s", (long long)kernel_now(), self->node, text);
    kernel_reply(self, text, strlen(text));
}

/* say_garbage: any of the shapes that a reply can have, and shapes that it cannot have. */
static void say_garbage(stream *self)
{
    static const char *const texts[] = {
        "+extra\r\n", "$5\r\nab\r\n",     "*3\r\n:1\r\n",
        "$-5\r\n",    "hello\r\n",        "*2147483648\r\n",
        "*-1\r\n",    ":1234567890123\n", ":99999999999999999999\r\n",
        "\r\n",       "$-1\r\n",          "-MOVED 1 h0:7001\r\n-ASK 2 h0:7002\r\n",
        "%1\r\n",     "*0\r\n",           "-ERR something else\r\n",
        "_\r\n",      "-MOVED 1\r\n",     "-ASK 99999999 :1\r\n"};
    unsigned roll = dice_roll();
    model.lied = true;
    say(self, texts[roll % (sizeof texts / sizeof *texts)]);
}

static void refuse(stream *self, unsigned number, const char *text)
{
    char line[256];
    snprintf(line, sizeof line, "-%s #%u\r\n", text, number);
    say(self, line);
}

/* reply says which command this is the reply to, and which run of it. */
static void reply(stream *self, unsigned number, unsigned run)
{
    char line[64 + PAD_MAX];
    int length = snprintf(line, sizeof line, "%u %u", number, run);
    int padded = length + 4 * (int)dice_roll();
    switch (dice_below(8)) {
    case 1:
        snprintf(line, sizeof line, "*3\r\n:%u\r\n*2\r\n$1\r\nx\r\n*0\r\n:%u\r\n", number, run);
        break;
    case 2:
        snprintf(line, sizeof line, "-ERR %u %u\r\n", number, run);
        break;
    case 3:
        snprintf(line, sizeof line, ":%u\r\n", number << 12 | run);
        break;
    case 4:
    case 5:
        snprintf(line, sizeof line, "$%d\r\n%u %u%*s\r\n", padded, number, run, padded - length,
                 "");
        break;
    default:
        snprintf(line, sizeof line, "+%u %u\r\n", number, run);
    }
    say(self, line);
}

/* ---- running a command ---- */

/* check_order: on one key, no write of a call runs behind a later one of the same call. */
static void check_order(const model_command *command)
{
    if (model.options.mode == MODEL_SOUND && !model.options.reruns) {
        bool same = model.last_call[command->key] == command->call;
        DEMAND(!same || model.last_place[command->key] < command->place);
    }
}

static unsigned run(const stream *self, unsigned number)
{
    model_command *command = &model.commands[number];
    DEMAND(model.run_count < RUNS_MAX);
    DEMAND(!command->write || command->runs == 0 || model.options.reruns || model.lied);
    command->runs++;
    model_run *made = &model.runs[model.run_count];
    *made = (model_run){.command = number, .before = -1};
    if (command->key >= 0) {
        bool same = model.last_call[command->key] == command->call;
        made->ordered = nodes_at(self->node)->master < 0 && !command->pinned;
        made->before = same ? (int)model.last_place[command->key] : -1;
        if (command->write && !command->pinned) {
            check_order(command);
            model.last_call[command->key] = command->call;
            model.last_place[command->key] = command->place;
        }
    }
    return model.run_count++;
}

/* any_refusal: what a node that does as it likes answers instead of running a command. */
static void any_refusal(stream *self, unsigned number)
{
    static const char *const texts[] = {
        "TRYAGAIN Multiple keys",    "CLUSTERDOWN The cluster is down",
        "LOADING in memory",         "READONLY You can't write",
        "MASTERDOWN Link is down",   "CLUSTERDOWN Hash slot not served",
        "MOVED 16384 h0:7001",       "ASK 5 h0:0",
        "NOREPLICAS Not enough good"};
    char line[128];
    unsigned roll = dice_below(20);
    const char *text = line;
    if (roll < sizeof texts / sizeof *texts) {
        text = texts[roll];
    } else {
        nodes_address(line, sizeof line, roll % 2 == 0 ? "MOVED" : "ASK", (int)dice_below(256) * 64,
                      (int)dice_below(MODEL_NODES + 2));
    }
    if (model.options.mode == MODEL_MALICIOUS && roll % 3 == 0) {
        model.lied = true;
        run(self, number);
    }
    refuse(self, number, text);
}

/* obey runs a command or refuses it, as the nodes' state demands. */
static void obey(stream *self, unsigned number)
{
    model_command *command = &model.commands[number];
    char text[128];
    int target = -1;
    bool asking = self->asking;
    self->asking = false;
    verdict found = nodes_judge(self, command, asking, &target, text, sizeof text);
    if (found == VERDICT_RUN) {
        bool by_replica = nodes_at(self->node)->master >= 0;
        DEMAND(!by_replica || command->pinned || command->key < 0 || command->replicas);
        reply(self, number, run(self, number));
        return;
    }
    if (found == VERDICT_RUN_ASKED) {
        DEMAND(command->asked == self->node || model.options.mode != MODEL_SOUND || !self->open);
        reply(self, number, run(self, number));
        return;
    }
    command->asked = target;
    refuse(self, number, text);
}

/* damage: something happens to the node or to the stream, before or after the command. */
static void damage(stream *self, unsigned number)
{
    size_t before = self->reply.length;
    unsigned kind = dice_below(16);
    if (kind < 4) {
        obey(self, number);
    }
    switch (kind) {
    case 0:
        self->reply.length = before;
        kernel_end(self, false);
        break;
    case 1:
        self->reply.length = before + dice_below(256) % (self->reply.length - before);
        kernel_end(self, dice_rare(128));
        break;
    case 2:
        self->mute = true;
        break;
    case 3:
        self->readable_at = kernel_now() + 10 * (rc_msec)dice_roll();
        break;
    case 4:
        kernel_end(self, false);
        break;
    case 5:
        kernel_end(self, true);
        break;
    case 6:
        self->mute = true;
        break;
    default:
        nodes_change(self->node, kind - 7);
        if (!self->ended) {
            obey(self, number);
        }
    }
}

static unsigned number_of(const request *asked)
{
    char digits[16] = "";
    const char *last = asked->args[1];
    DEMAND(asked->count > 1 && asked->lengths[1] < sizeof digits);
    memcpy(digits, last, asked->lengths[1]);
    unsigned number = (unsigned)atoi(digits);
    DEMAND(number < model.command_count);
    return number;
}

static void carry_out(stream *self, const request *asked)
{
    unsigned number = number_of(asked);
    model_command *command = &model.commands[number];
    DEMAND(++command->tries < TRIES_MAX);
    dice_tell("%lld: node %d is asked %s %s #%u%s\n", (long long)kernel_now(), self->node,
              command->write ? "to write" : "for",
              command->key < 0 ? "something" : model_key(command->key), number,
              command->pinned ? ", pinned" : "");
    if (model.options.mode == MODEL_MALICIOUS && model_trouble(8)) {
        say_garbage(self);
    } else if (model.options.mode != MODEL_SOUND && model_trouble(24)) {
        any_refusal(self, number);
    } else if (model_trouble(6)) {
        damage(self, number);
    } else {
        obey(self, number);
    }
}

/* ---- everything else ---- */

static void tell_table(stream *self)
{
    if (model.options.mode != MODEL_SOUND && model_trouble(16)) {
        static const char *const texts[] = {"-LOADING in memory\r\n", "*0\r\n", "-ERR no\r\n",
                                            "*1\r\n:5\r\n",           ":1\r\n", "-NOPERM no\r\n"};
        say(self, texts[dice_below(sizeof texts / sizeof *texts)]);
        return;
    }
    int stale = model_trouble(4) ? (int)dice_below(MODEL_GROUPS) : -1;
    bool holes = model.options.mode != MODEL_SOUND && model_trouble(8);
    nodes_table(self, stale, holes);
}

static void handle(stream *self, const request *asked)
{
    if (request_is(asked, 0, "W") || request_is(asked, 0, "R")) {
        carry_out(self, asked);
        return;
    }
    if (model_trouble(3)) {
        kernel_end(self, dice_rare(128));
        return;
    }
    if (request_is(asked, 0, "CLUSTER") && request_is(asked, 1, "SLOTS")) {
        tell_table(self);
    } else if (request_is(asked, 0, "CONFIG")) {
        say(self,
            dice_rare(128) ? "*2\r\n$1\r\nx\r\n$2\r\nno\r\n" : "*2\r\n$1\r\nx\r\n$3\r\nyes\r\n");
    } else if (model_trouble(2)) {
        say(self, "-ERR refused\r\n");
    } else {
        self->asking |= request_is(asked, 0, "ASKING");
        self->readonly |= request_is(asked, 0, "READONLY");
        say(self, "+OK\r\n");
    }
}

/* consume forgets what was processed; half a request the node has in its own memory. */
static void consume(stream *self, size_t used)
{
    request asked;
    memmove(self->sent.data, self->sent.data + used, self->sent.length - used);
    self->sent.length -= used;
    const char *end = self->sent.data + self->sent.length;
    bool whole = request_read(self->sent.data, end, &asked) != NULL;
    self->held = whole ? 0 : self->sent.length;
}

/* handle_some handles whole requests among the first `limit` bytes that were sent. */
static void handle_some(stream *self, size_t limit)
{
    size_t used = 0;
    size_t asked_for = self->reply.length + 4096;
    request asked;
    for (;;) {
        const char *begin = self->sent.data + used;
        const char *behind = request_read(begin, self->sent.data + limit, &asked);
        if (behind == NULL || self->reply.length > asked_for) {
            break;
        }
        used = (size_t)(behind - self->sent.data);
        handle(self, &asked);
        if (!self->open) {
            self->reply.length = 0;
        }
        if (self->ended || self->mute || model_wakes(self->node) > kernel_now()) {
            break;
        }
    }
    if (!self->ended) {
        consume(self, used);
    }
}

void model_process(stream *self)
{
    request asked;
    size_t length = self->sent.length;
    if (request_read(self->sent.data, self->sent.data + length, &asked) == NULL) {
        self->held = length;
        return;
    }
    if (model_trouble(2)) {
        handle_some(self, dice_below(256) % length);
        kernel_end(self, dice_rare(128));
    } else {
        handle_some(self, length);
    }
}
