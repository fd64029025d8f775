/* test_slots_reply: every shape of CLUSTER SLOTS, right and wrong, read without any server. */
#include "check.h"
#include "text.h"

#include "core/base/clock.h"
#include "core/resp/reader.h"
#include "core/topology/slots_reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- a reply, and the nodes that it names ---- */

typedef struct reading {
    rc_reply_tree tree;
    rc_slotmap *map;
    char names[64][64];         /* of the nodes, as they were asked for */
    char hostname[RC_HOST_MAX]; /* of the last one that was */
    int count;
    rc_error error;
    int most; /* nodes that there is memory for */
} reading;

static rc_status resolve(void *context, const char *host, int port, const char *hostname,
                         rc_node_id *node)
{
    reading *self = context;
    strcpy(self->hostname, hostname);
    const char *name = text_format("%s:%d", host, port);
    int place = 0;
    while (place < self->count && strcmp(self->names[place], name) != 0) {
        place++;
    }
    if (place == self->most) {
        return RC_NOMEM;
    }
    strcpy(self->names[place], name);
    self->count += place == self->count;
    *node = (rc_node_id)place;
    return RC_OK;
}

static void record(reading *self, const char *bytes)
{
    rc_reader reader;
    size_t start;
    CHECK_STATUS(rc_reader_open(&reader), RC_OK);
    rc_reader_record(&reader, &self->tree);
    rc_reader_give(&reader, bytes, strlen(bytes));
    CHECK_INT(rc_reader_next(&reader, &start), RC_READING_REPLY);
    rc_reader_free(&reader);
}

static rc_status read_reply(reading *self, const char *bytes)
{
    *self = (reading){.most = 64};
    record(self, bytes);
    return rc_slots_reply_read(&self->tree, resolve, self, &self->map, &self->error);
}

static void end(reading *self)
{
    rc_slotmap_drop(self->map);
    rc_reply_tree_free(&self->tree);
}

static const char *name_of(const reading *self, rc_node_id node)
{
    CHECK(node < self->count);
    return self->names[node];
}

/* ---- right ones ---- */

#define ALL_SLOTS "*1\r\n*3\r\n:0\r\n:16383\r\n"

static void names(const char *node, const char *expected)
{
    reading self;
    CHECK_STATUS(read_reply(&self, text_format("%s%s", ALL_SLOTS, node)), RC_OK);
    CHECK_INT(self.map->covered, RC_SLOTS);
    CHECK_TEXT(name_of(&self, rc_slotmap_owner(self.map, 16383)), expected);
    end(&self);
}

static void every_way_to_name_a_node(void)
{
    names("*2\r\n$4\r\nhost\r\n:7000\r\n", "host:7000");
    names("*3\r\n$3\r\n::1\r\n:65535\r\n$2\r\nid\r\n", "::1:65535");
    names("*4\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*2\r\n$8\r\nhostname\r\n$1\r\nb\r\n", "a:1");
    names("*4\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*0\r\n", "a:1");
    names("*2\r\n$0\r\n\r\n:7000\r\n", ":7000"); /* the host that answered */
    names("*2\r\n$-1\r\n:7000\r\n", ":7000");
    names("*2\r\n$1\r\n?\r\n:7000\r\n", ":7000");
}

static void calls(const char *metadata, const char *expected)
{
    reading self;
    const char *node = text_format("*4\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n%s", metadata);
    CHECK_STATUS(read_reply(&self, text_format("%s%s", ALL_SLOTS, node)), RC_OK);
    CHECK_TEXT(self.hostname, expected);
    end(&self);
}

#define HOSTNAME "$8\r\nhostname\r\n"

static void metadata_may_call_a_node_by_a_name(void)
{
    calls("*0\r\n", "");
    calls("*2\r\n" HOSTNAME "$1\r\nb\r\n", "b");
    calls("*2\r\n" HOSTNAME "$0\r\n\r\n", "");
    calls("*4\r\n$2\r\nip\r\n$1\r\n9\r\n" HOSTNAME "$1\r\nb\r\n", "b");
    calls("*4\r\n:1\r\n:2\r\n" HOSTNAME "$1\r\nb\r\n", "b");
    calls("*2\r\n$2\r\nip\r\n" HOSTNAME, "");
    const char *longest = text_format("%0*d", RC_HOST_MAX - 1, 0);
    calls(text_format("*2\r\n" HOSTNAME "$%d\r\n%s\r\n", RC_HOST_MAX - 1, longest), longest);
}

/* What is not a list of pairs of texts has no name in it, and keeps nobody from the slots. */
static void metadata_that_are_none_are_passed_over(void)
{
    calls("*1\r\n" HOSTNAME, "");
    calls("*2\r\n" HOSTNAME ":5\r\n", "");
    calls("*2\r\n" HOSTNAME "$-1\r\n", "");
    calls("*2\r\n" HOSTNAME "*1\r\n$1\r\nb\r\n", "");
    calls("*3\r\n*2\r\n" HOSTNAME "$1\r\nb\r\n" HOSTNAME "$1\r\nc\r\n", "");
    calls(HOSTNAME, "");
    calls("$-1\r\n", "");
    calls(text_format("*2\r\n" HOSTNAME "$%d\r\n%0*d\r\n", RC_HOST_MAX, RC_HOST_MAX, 0), "");
    names("*4\r\n$1\r\na\r\n:1\r\n*1\r\n$2\r\nid\r\n*2\r\n" HOSTNAME "$1\r\nb\r\n", "a:1");
}

/* A node whose name is preferred, and that has none, tells its address beside it. */
static void a_host_that_is_not_told_may_be_among_the_metadata(void)
{
    names("*4\r\n$1\r\n?\r\n:1\r\n$2\r\nid\r\n*2\r\n$2\r\nip\r\n$3\r\n::1\r\n", "::1:1");
    names("*4\r\n$1\r\n?\r\n:1\r\n$2\r\nid\r\n*0\r\n", ":1");
    names("*4\r\n$-1\r\n:1\r\n$2\r\nid\r\n*2\r\n$2\r\nip\r\n$3\r\n::1\r\n", ":1");
}

static void ranges_and_replicas_are_their_primarys(void)
{
    reading self;
    CHECK_STATUS(read_reply(&self, "*3\r\n"
                                   "*5\r\n:0\r\n:99\r\n*2\r\n$1\r\na\r\n:1\r\n"
                                   "*2\r\n$1\r\nb\r\n:2\r\n*2\r\n$0\r\n\r\n:3\r\n"
                                   "*3\r\n:100\r\n:100\r\n*2\r\n$1\r\nc\r\n:4\r\n"
                                   "*4\r\n:101\r\n:16383\r\n*2\r\n$1\r\na\r\n:1\r\n"
                                   "*2\r\n$1\r\nb\r\n:2\r\n"),
                 RC_OK);
    CHECK_INT(self.map->shard_count, 2);
    CHECK_TEXT(name_of(&self, rc_slotmap_owner(self.map, 99)), "a:1");
    CHECK_TEXT(name_of(&self, rc_slotmap_owner(self.map, 100)), "c:4");
    CHECK_TEXT(name_of(&self, rc_slotmap_owner(self.map, 101)), "a:1");
    const rc_shard *shard = rc_slotmap_shard(self.map, 0);
    CHECK(shard == rc_slotmap_shard(self.map, 16383));
    CHECK_INT(shard->replica_count, 2);
    CHECK_TEXT(name_of(&self, shard->replicas[0]), "b:2");
    CHECK_TEXT(name_of(&self, shard->replicas[1]), ":3");
    end(&self);
}

static size_t ids_of(const char *nodes)
{
    reading self;
    CHECK_STATUS(read_reply(&self, text_format("*1\r\n*4\r\n:0\r\n:16383\r\n%s", nodes)), RC_OK);
    size_t count = self.map->ids.count;
    end(&self);
    return count;
}

/* Not all servers tell ids, and some tell what is none. */
static void ids_are_kept_of_all_nodes_that_have_one(void)
{
    CHECK_INT(ids_of("*3\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n"
                     "*4\r\n$1\r\nb\r\n:2\r\n$5\r\nother\r\n*0\r\n"),
              2);
    CHECK_INT(ids_of("*3\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*2\r\n$1\r\nb\r\n:2\r\n"), 1);
    CHECK_INT(ids_of("*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n:2\r\n"), 0);
    CHECK_INT(ids_of("*3\r\n$1\r\na\r\n:1\r\n$0\r\n\r\n"
                     "*3\r\n$1\r\nb\r\n:2\r\n$-1\r\n"),
              0);
    CHECK_INT(ids_of("*3\r\n$1\r\na\r\n:1\r\n:7\r\n"
                     "*3\r\n$1\r\nb\r\n:2\r\n*1\r\n$2\r\nid\r\n"),
              0);
}

static void gaps_are_gaps(void)
{
    reading self;
    CHECK_STATUS(read_reply(&self, "*1\r\n*3\r\n:5\r\n:7\r\n*2\r\n$1\r\na\r\n:1\r\n"), RC_OK);
    CHECK_INT(self.map->covered, 3);
    CHECK(rc_slotmap_shard(self.map, 4) == NULL && rc_slotmap_shard(self.map, 8) == NULL);
    end(&self);
}

/* ---- wrong ones ---- */

static void nonsense_is_not_understood(void)
{
    static const char *const tables[] = {
        "+OK\r\n",
        "*0\r\n",
        "$0\r\n\r\n",
        ":1\r\n",
        "$-1\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*0\r\n",
        "*1\r\n*1\r\n:1\r\n",
        "*1\r\n*2\r\n:0\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n:2\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*0\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\na\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n:1\r\n$1\r\na\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n*1\r\n:1\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:0\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:65536\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:-1\r\n",
        "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:2\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:4294967296\r\n:4294967297\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n*1\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*4\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n:5\r\n",
        "*2\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n+x\r\n",
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        reading self;
        CHECK_STATUS(read_reply(&self, tables[i]), RC_TOPOLOGY);
        CHECK(self.map == NULL);
        end(&self);
    }
}

static void a_host_that_is_too_long_is_refused(void)
{
    for (int length = RC_HOST_MAX - 2; length < RC_HOST_MAX + 2; length++) {
        reading self;
        const char *host = text_format("%0*d", length, 0);
        const char *reply = text_format("%s*2\r\n$%d\r\n%s\r\n:1\r\n", ALL_SLOTS, length, host);
        self = (reading){.most = 0};
        record(&self, reply);
        rc_status status = rc_slots_reply_read(&self.tree, resolve, &self, &self.map, &self.error);
        CHECK_STATUS(status, length < RC_HOST_MAX ? RC_NOMEM : RC_TOPOLOGY);
        end(&self);
    }
}

/* ---- too long ones ---- */

/* by_name is quick, and as good as any: the name is the number. */
static rc_status by_name(void *context, const char *host, int port, const char *hostname,
                         rc_node_id *node)
{
    (void)context;
    (void)port;
    (void)hostname;
    *node = (rc_node_id)atoi(host);
    return RC_OK;
}

typedef struct writer {
    rc_buffer reply;
} writer;

static void write_part(writer *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *place = rc_buffer_reserve(&self->reply, 128);
    CHECK(place != NULL);
    self->reply.length += (size_t)vsnprintf(place, 128, format, arguments);
    va_end(arguments);
}

static void write_node(writer *self, int number)
{
    write_part(self, "*2\r\n$5\r\n%05d\r\n:1\r\n", number);
}

/* write_range has `count` nodes of the numbers from `first` on. */
static void write_range(writer *self, int from, int to, int first, int count)
{
    write_part(self, "*%d\r\n:%d\r\n:%d\r\n", 2 + count, from, to);
    for (int i = 0; i < count; i++) {
        write_node(self, first + i);
    }
}

static void is_read(writer *self, reading *result, rc_status expected, const char *why)
{
    CHECK(rc_buffer_append(&self->reply, "", 1) == RC_OK);
    *result = (reading){.most = 0};
    rc_error_clear(&result->error);
    record(result, self->reply.data);
    rc_msec began = rc_now();
    CHECK_STATUS(rc_slots_reply_read(&result->tree, by_name, result, &result->map, &result->error),
                 expected);
    CHECK(rc_now() - began < 1000);
    CHECK_HAS(result->error.message, why);
    rc_buffer_free(&self->reply);
}

static void is_refused(writer *self, const char *why)
{
    reading result;
    is_read(self, &result, RC_TOPOLOGY, why);
    CHECK(result.map == NULL);
    end(&result);
}

static void countless_primaries_are_refused(void)
{
    writer self = {0};
    write_part(&self, "*5000\r\n");
    for (int i = 0; i < 5000; i++) {
        write_range(&self, i, i, i, 1);
    }
    is_refused(&self, "more than 4096 primaries");
}

static void countless_ranges_are_refused(void)
{
    writer self = {0};
    write_part(&self, "*100000\r\n");
    for (int i = 0; i < 100000; i++) {
        write_range(&self, i % RC_SLOTS, i % RC_SLOTS, 1, 1);
    }
    is_refused(&self, "more than 16384 ranges");
}

static void countless_nodes_are_refused(void)
{
    writer self = {0};
    write_part(&self, "*1000\r\n");
    for (int i = 0; i < 1000; i++) {
        write_range(&self, i, i, 20 * i, 20);
    }
    is_refused(&self, "more than 16384 nodes");
}

static void countless_replicas_of_a_range_are_refused(void)
{
    writer self = {0};
    write_part(&self, "*1\r\n");
    write_range(&self, 0, 16383, 0, 5000);
    is_refused(&self, "more than 4096 nodes for one range");
}

static void ranges_upon_ranges_are_refused(void)
{
    writer self = {0};
    write_part(&self, "*10000\r\n");
    for (int i = 0; i < 10000; i++) {
        write_range(&self, 0, 16383, i % 2, 1);
    }
    is_refused(&self, "overlap");
}

/* The most fragmented table that there can be, and replicas that are not used for reads. */
static void what_a_cluster_can_be_is_read(void)
{
    writer self = {0};
    reading result;
    write_part(&self, "*16384\r\n");
    for (int i = 0; i < RC_SLOTS; i++) {
        write_range(&self, i, i, 3 * (i % 1000), 3);
    }
    is_read(&self, &result, RC_OK, "");
    CHECK_INT(result.map->shard_count, 1000);
    CHECK_INT(rc_slotmap_shard(result.map, 5999)->replica_count, 2);
    end(&result);
    write_part(&self, "*1\r\n");
    write_range(&self, 0, 16383, 0, 4000);
    is_read(&self, &result, RC_OK, "");
    CHECK_INT(rc_slotmap_shard(result.map, 0)->replica_count, RC_REPLICAS_MAX);
    end(&result);
}

/* A failure of the caller's function is the outcome: so a long reading can be interrupted. */
static rc_status interrupted(void *context, const char *host, int port, const char *hostname,
                             rc_node_id *node)
{
    *node = RC_NO_NODE;
    by_name(context, host, port, hostname, node);
    return *node > 10 ? RC_INTERRUPTED : RC_OK;
}

static void a_reading_can_be_ended(void)
{
    writer self = {0};
    reading result = {.most = 0};
    write_part(&self, "*1\r\n");
    write_range(&self, 0, 16383, 0, 20);
    record(&result, self.reply.data);
    CHECK_STATUS(rc_slots_reply_read(&result.tree, interrupted, NULL, &result.map, &result.error),
                 RC_INTERRUPTED);
    CHECK(result.map == NULL);
    rc_buffer_free(&self.reply);
    end(&result);
}

/* ---- memory ---- */

static void without_memory_there_is_no_map(void)
{
    reading self = {.most = 64};
    record(&self, ALL_SLOTS "*2\r\n$4\r\nhost\r\n:7000\r\n");
    fail_begin();
    rc_status status = rc_slots_reply_read(&self.tree, resolve, &self, &self.map, &self.error);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    CHECK_INT(self.map == NULL, failed);
    end(&self);
}

/* Nor when there is none for one of the nodes, whichever it is. */
static void without_memory_for_a_node_there_is_no_map(void)
{
    for (int most = 0; most <= 3; most++) {
        reading self = {.most = most};
        record(&self, "*2\r\n"
                      "*4\r\n:0\r\n:99\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n:2\r\n"
                      "*3\r\n:100\r\n:100\r\n*2\r\n$1\r\nc\r\n:4\r\n");
        CHECK_STATUS(rc_slots_reply_read(&self.tree, resolve, &self, &self.map, &self.error),
                     most < 3 ? RC_NOMEM : RC_OK);
        CHECK_INT(self.map == NULL, most < 3);
        end(&self);
    }
}

int main(void)
{
    RUN(every_way_to_name_a_node);
    RUN(metadata_may_call_a_node_by_a_name);
    RUN(metadata_that_are_none_are_passed_over);
    RUN(a_host_that_is_not_told_may_be_among_the_metadata);
    RUN(ranges_and_replicas_are_their_primarys);
    RUN(ids_are_kept_of_all_nodes_that_have_one);
    RUN(gaps_are_gaps);
    RUN(nonsense_is_not_understood);
    RUN(a_host_that_is_too_long_is_refused);
    RUN(countless_primaries_are_refused);
    RUN(countless_ranges_are_refused);
    RUN(countless_nodes_are_refused);
    RUN(countless_replicas_of_a_range_are_refused);
    RUN(ranges_upon_ranges_are_refused);
    RUN(what_a_cluster_can_be_is_read);
    RUN(a_reading_can_be_ended);
    FAIL_EACH(without_memory_there_is_no_map);
    RUN(without_memory_for_a_node_there_is_no_map);
    return 0;
}
