/* test_stats: how numbers grow, and that what calls do with a node is counted as its own. */
#include "check.h"
#include "client.h"

#include "core/base/stats.h"

/* ---- numbers ---- */

/* falls_in checks which bucket counts a round trip of so many microseconds. */
static void falls_in(int64_t microseconds, size_t bucket)
{
    rc_stats stats = {0};
    rc_stats_latency(&stats, microseconds, true);
    for (size_t i = 0; i < RC_LATENCY_BUCKETS; i++) {
        CHECK_INT(stats.latency[i], i == bucket);
    }
}

static void buckets_begin_at_powers_of_two(void)
{
    falls_in(-5, 0);
    falls_in(0, 0);
    falls_in(1, 0);
    for (size_t i = 1; i < RC_LATENCY_BUCKETS; i++) {
        int64_t edge = INT64_C(1) << i;
        falls_in(edge - 1, i - 1);
        falls_in(edge, i);
        falls_in(edge + 1, i);
    }
    falls_in(INT64_C(1) << RC_LATENCY_BUCKETS, RC_LATENCY_BUCKETS - 1);
    falls_in(INT64_MAX, RC_LATENCY_BUCKETS - 1);
}

static void the_average_follows(void)
{
    rc_stats stats = {0};
    rc_stats_latency(&stats, 800, true);
    CHECK_INT(stats.latency_recent, 800); /* the first one is all that is known */
    rc_stats_latency(&stats, 1600, true);
    CHECK_INT(stats.latency_recent, 900);
    for (int i = 0; i < 100; i++) {
        rc_stats_latency(&stats, 100, true);
    }
    CHECK(stats.latency_recent >= 100 && stats.latency_recent < 110);
    CHECK_INT(stats.latency_total, 800 + 1600 + 100 * 100);
}

/* A command may block on purpose: that is counted, and is not how fast the node is. */
static void what_is_not_typical_is_no_measure(void)
{
    rc_stats stats = {0};
    rc_stats_latency(&stats, 100, true);
    rc_stats_latency(&stats, 10 * 1000 * 1000, false);
    CHECK_INT(stats.latency_recent, 100);
    CHECK_INT(stats.latency_total, 10 * 1000 * 1000 + 100);
}

/* Nothing measured is 0, so what was measured never is; and ages fit into it. */
static void the_average_stays_in_its_bounds(void)
{
    rc_stats stats = {0};
    rc_stats_latency(&stats, 0, true);
    CHECK_INT(stats.latency_recent, 1);
    rc_stats_latency(&stats, -1, true);
    CHECK_INT(stats.latency_recent, 1);
    rc_stats ages = {0};
    rc_stats_latency(&ages, INT64_MAX, true);
    CHECK_INT(ages.latency_recent, UINT32_MAX);
    rc_stats_latency(&ages, 8, true);
    CHECK(ages.latency_recent < UINT32_MAX && ages.latency_recent > UINT32_MAX / 2);
}

static void tallies_add_up(void)
{
    rc_stats stats = {.redirects = 9};
    const rc_tally tally = {.commands = 1, .retries = 2, .bytes_sent = 3, .bytes_received = 4};
    rc_stats_add(&stats, &tally);
    rc_stats_add(&stats, &tally);
    CHECK_INT(stats.tally.commands, 2);
    CHECK_INT(stats.tally.retries, 4);
    CHECK_INT(stats.tally.bytes_sent, 6);
    CHECK_INT(stats.tally.bytes_received, 8);
    CHECK_INT(stats.redirects, 9);
}

/* ---- of a node ---- */

static rc_node_report report_at(client *self, int port)
{
    rc_node_report report;
    rc_pool_report(&self->nodes.pool, rc_pool_node(&self->nodes.pool, "127.0.0.1", port), &report);
    return report;
}

static rc_node_report report_of(client *self, int number)
{
    return report_at(self, nodes_port(&self->nodes, number));
}

static size_t length_of(const rc_batch *batch)
{
    return batch->requests.length;
}

static void commands_and_bytes_are_counted(void)
{
    client self;
    client_start(&self);
    rc_node_report before = report_of(&self, 0);
    CHECK_INT(before.stats.tally.commands, 0); /* the client's own questions are not commands */
    CHECK_INT(before.stats.refreshes, 1);
    client_answer(&self, 0, "SET b *", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_write(&self, "SET b 2");
    client_write(&self, "SET b 3");
    client_run(&self);
    rc_node_report after = report_of(&self, 0);
    CHECK_INT(after.stats.tally.commands, 3);
    CHECK_INT(after.stats.tally.retries, 0);
    CHECK_INT(after.stats.tally.bytes_sent - before.stats.tally.bytes_sent, length_of(&self.batch));
    CHECK_INT(after.stats.tally.bytes_received - before.stats.tally.bytes_received, 3 * 5);
    CHECK_INT(after.stats.connects, 1);
    CHECK_INT(after.stats.losses + after.stats.connect_failures + after.stats.redirects, 0);
    CHECK_INT(after.idle, 1);
    CHECK_INT(after.taken, 0);
    CHECK(!after.down);
    CHECK_INT(report_of(&self, 1).stats.tally.commands, 0);
    client_stop(&self);
}

static uint64_t round_trips(const rc_node_report *report)
{
    uint64_t count = 0;
    for (size_t i = 0; i < RC_LATENCY_BUCKETS; i++) {
        count += report->stats.latency[i];
    }
    return count;
}

/* One for each conversation, however many commands it has: till the first reply. */
static void round_trips_are_measured(void)
{
    client self;
    client_start(&self);
    client_rule(&self, 0, (rule){.request = "GET b", .reply = "+OK\r\n", .delay = 50});
    client_rule(&self, 0, (rule){.request = "SET b 2", .reply = "+OK\r\n", .delay = 500});
    client_read(&self, "GET b");
    client_write(&self, "SET b 2");
    client_run(&self);
    rc_node_report report = report_of(&self, 0);
    CHECK_INT(round_trips(&report), 1);
    CHECK(report.stats.latency_total >= 49 * 1000 && report.stats.latency_total < 500 * 1000);
    CHECK_INT(report.stats.latency_recent, report.stats.latency_total);
    CHECK_INT(rc_pool_latency(&self.nodes.pool, 0), report.stats.latency_recent);
    report = report_of(&self, 1);
    CHECK_INT(round_trips(&report), 0);
    CHECK_INT(report.stats.latency_recent, 0);
    client_stop(&self);
}

/* XREAD reads, and may block for as long as it was told to. */
static void a_read_that_may_block_is_not_typical(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "XREAD b", "*-1\r\n");
    client_read(&self, "XREAD b");
    self.batch.commands[0].flags |= RC_COMMAND_OPAQUE;
    client_run(&self);
    rc_node_report report = report_of(&self, 0);
    CHECK_INT(round_trips(&report), 1);
    CHECK_INT(report.stats.latency_recent, 0);
    client_stop(&self);
}

static void retries_are_counted(void)
{
    client self;
    client_start(&self);
    client_answer_once(&self, 0, "SET b 1", "-TRYAGAIN\r\n");
    client_answer_once(&self, 0, "SET b 1", "-TRYAGAIN\r\n");
    client_answer(&self, 0, "SET *", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_write(&self, "SET c 1");
    client_run(&self);
    rc_node_report report = report_of(&self, 0);
    CHECK_INT(report.stats.tally.commands, 4);
    CHECK_INT(report.stats.tally.retries, 2);
    client_stop(&self);
}

/* A redirect is of the node that gave it, the second try of the one that got it. */
static void redirects_are_counted(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "SET b 1", nodes_redirect(&self.nodes, "MOVED", SLOT_B, 1));
    client_answer(&self, 0, "SET c 1", nodes_redirect(&self.nodes, "ASK", SLOT_C, 1));
    client_answer(&self, 1, "SET *", "+OK\r\n");
    client_answer(&self, 1, "ASKING", "+OK\r\n");
    client_write(&self, "SET b 1");
    client_write(&self, "SET c 1");
    client_run(&self);
    rc_node_report from = report_of(&self, 0);
    rc_node_report to = report_of(&self, 1);
    CHECK_INT(from.stats.redirects, 2);
    CHECK_INT(from.stats.tally.retries, 0);
    CHECK_INT(to.stats.redirects, 0);
    CHECK_INT(to.stats.tally.retries, 2);
    CHECK_INT(to.stats.tally.commands, 2);
    client_stop(&self);
}

static void refreshes_are_counted(void)
{
    client self;
    client_start(&self);
    rc_error error;
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(
            rc_topology_refresh(&self.nodes.topology, self.nodes.topology.version, &no_end, &error),
            RC_OK);
    }
    CHECK_INT(report_of(&self, 0).stats.refreshes + report_of(&self, 1).stats.refreshes, 5);
    client_stop(&self);
}

/* A conversation that broke counts what it brought, and as a loss. */
static void losses_are_counted(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "SET c 1", "+OK\r\n");
    client_rule(&self, 0, (rule){.request = "SET b 1", .then = THEN_CLOSE});
    client_write(&self, "SET c 1");
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 1, "UNKNOWN CLOSED");
    rc_node_report report = report_of(&self, 0);
    CHECK_INT(report.stats.losses, 1);
    CHECK_INT(report.stats.tally.commands, 1);
    CHECK_INT(report.stats.connect_failures, 0);
    CHECK_INT(report.idle + report.taken, 0);
    CHECK(!report.down);
    client_stop(&self);
}

static void a_node_that_is_silent_is_a_loss(void)
{
    client self;
    client_start(&self);
    self.nodes.options.socket_timeout = 80;
    client_rule(&self, 0, (rule){.request = "SET b 1"});
    client_write(&self, "SET b 1");
    client_run(&self);
    client_expect_outcome(&self, 0, "UNKNOWN TIMEOUT");
    CHECK_INT(report_of(&self, 0).stats.losses, 1);
    client_stop(&self);
}

/* Where nobody listens no conversation is lost; and what is not tried counts for nothing. */
static void attempts_that_fail_are_counted(void)
{
    client self;
    client_start(&self);
    int port = server_unused();
    rc_node_id node = rc_pool_node(&self.nodes.pool, "127.0.0.1", port);
    client_write(&self, "SET a 1");
    self.batch.commands[0].flags = RC_COMMAND_PINNED;
    self.batch.commands[0].node = node;
    client_run(&self);
    client_expect_outcome(&self, 0, "NOT_SENT CONNECT");
    rc_node_report report = report_at(&self, port);
    CHECK(report.stats.connect_failures >= 1);
    CHECK(report.stats.connect_failures <= (uint64_t)self.nodes.options.lost_rounds + 1);
    CHECK_INT(report.stats.losses, 0);
    CHECK_INT(report.stats.connects, 0);
    CHECK_INT(report.stats.tally.commands + report.stats.tally.retries, 0);
    CHECK(report.down);
    client_stop(&self);
}

/* A connection that is in use counts when it comes back, and no longer twice. */
static void a_connection_counts_when_it_comes_back(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "PING", "+PONG\r\n");
    uint64_t before = report_of(&self, 0).stats.tally.bytes_received;
    rc_connection *connection = nodes_take(&self.nodes, 0, false);
    nodes_ask(connection, "PING");
    CHECK_INT(report_of(&self, 0).taken, 1);
    CHECK_INT(report_of(&self, 0).stats.tally.bytes_received, before);
    rc_pool_give(&self.nodes.pool, connection, true);
    CHECK_INT(report_of(&self, 0).stats.tally.bytes_received, before + 7);
    rc_pool_give(&self.nodes.pool, nodes_take(&self.nodes, 0, false), true);
    CHECK_INT(report_of(&self, 0).stats.tally.bytes_received, before + 7);
    client_stop(&self);
}

int main(void)
{
    RUN(what_is_not_typical_is_no_measure);
    RUN(buckets_begin_at_powers_of_two);
    RUN(the_average_follows);
    RUN(the_average_stays_in_its_bounds);
    RUN(tallies_add_up);
    RUN(commands_and_bytes_are_counted);
    RUN(round_trips_are_measured);
    RUN(a_read_that_may_block_is_not_typical);
    RUN(retries_are_counted);
    RUN(redirects_are_counted);
    RUN(refreshes_are_counted);
    RUN(losses_are_counted);
    RUN(a_node_that_is_silent_is_a_loss);
    RUN(attempts_that_fail_are_counted);
    RUN(a_connection_counts_when_it_comes_back);
    return 0;
}
