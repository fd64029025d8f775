/* test_cluster: the facade from the options to the last byte, plain and under TLS, opened or not.
 */
#include "certificate.h"
#include "check.h"
#include "nodes.h"
#include "text.h"

#include "core/cluster.h"

#include <stdlib.h>
#include <unistd.h>

static rc_cluster *make(const nodes *self)
{
    rc_error error;
    rc_cluster *cluster = rc_cluster_new(&self->options, &error);
    CHECK(cluster != NULL);
    return cluster;
}

static void answer(nodes *self, const char *request, const char *reply)
{
    for (int i = 0; i < self->count; i++) {
        server_on(self->server[i], request, reply);
    }
}

static void executes(rc_cluster *cluster, const char *text, const char *outcome)
{
    rc_batch batch = {0};
    text_queue(&batch, text, 0);
    CHECK_STATUS(rc_cluster_execute(cluster, &batch, &no_end), RC_OK);
    CHECK_TEXT(text_outcome(&batch, 0), outcome);
    rc_batch_free(&batch);
}

static void opens(rc_cluster *cluster, rc_status expected, const char *part)
{
    rc_error error;
    rc_error_clear(&error);
    CHECK_STATUS(rc_cluster_open(cluster, &no_end, &error), expected);
    CHECK_STATUS(error.status, expected);
    CHECK_HAS(error.message, part);
}

static void a_new_cluster_sends_nothing(void)
{
    nodes self;
    nodes_start(&self, 1);
    rc_cluster *cluster = make(&self);
    rc_slotmap *map = rc_cluster_map(cluster);
    CHECK_INT(map->covered, 0);
    rc_slotmap_drop(map);
    rc_cluster_free(cluster);
    rc_cluster_free(NULL);
    CHECK_INT(server_accepted(self.server[0]), 0);
    nodes_stop(&self);
}

static void an_open_cluster_knows_its_nodes(void)
{
    nodes self;
    nodes_start(&self, 3);
    rc_cluster *cluster = make(&self);
    opens(cluster, RC_OK, "");
    rc_slotmap *map = rc_cluster_map(cluster);
    CHECK_INT(map->covered, RC_SLOTS);
    for (int i = 0; i < 3; i++) {
        const rc_node *node = rc_cluster_node(cluster, rc_slotmap_owner(map, 5461 * i + 10));
        CHECK_TEXT(node->host, "127.0.0.1");
        CHECK_INT(node->port, nodes_port(&self, i));
    }
    CHECK(rc_cluster_node(cluster, RC_NO_NODE) == NULL);
    rc_slotmap_drop(map);
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

/* The caller may do with its options what it likes afterwards. */
static void options_are_copied(void)
{
    nodes self;
    nodes_start(&self, 1);
    answer(&self, "AUTH secret", "+OK\r\n");
    char password[] = "secret";
    self.options.password = password;
    rc_cluster *cluster = make(&self);
    memset(password, 'x', sizeof password);
    self.startup[0].port = 1;
    opens(cluster, RC_OK, "");
    CHECK_TEXT(rc_cluster_options(cluster)->password, "secret");
    CHECK_INT(rc_cluster_options(cluster)->startup[0].port, nodes_port(&self, 0));
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

static void commands_are_carried_out(void)
{
    nodes self;
    nodes_start(&self, 2);
    answer(&self, "SET a 1", "+OK\r\n");
    rc_cluster *cluster = make(&self);
    executes(cluster, "SET a 1", "+OK"); /* opened or not */
    opens(cluster, RC_OK, "");
    executes(cluster, "SET a 1", "+OK");
    executes(cluster, "SET b 1", "-ERR not in the script");
    rc_cluster_free(cluster);
    server_wait_ended(self.server[1], 1);
    nodes_stop(&self);
}

static void refresh_fetches_the_map_again(void)
{
    nodes self;
    nodes_start_bare(&self, 2);
    server_once(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 1, 1));
    rc_cluster *cluster = make(&self);
    rc_error error;
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(rc_cluster_refresh(cluster, &no_end, &error), RC_OK);
        rc_slotmap *map = rc_cluster_map(cluster);
        const rc_node *owner = rc_cluster_node(cluster, rc_slotmap_owner(map, 0));
        CHECK_INT(owner->port, nodes_port(&self, i));
        rc_slotmap_drop(map);
    }
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

static void disconnect_is_no_end(void)
{
    nodes self;
    nodes_start(&self, 1);
    answer(&self, "SET a 1", "+OK\r\n");
    rc_cluster *cluster = make(&self);
    for (int i = 1; i <= 3; i++) {
        executes(cluster, "SET a 1", "+OK");
        rc_cluster_disconnect(cluster);
        server_wait_ended(self.server[0], i);
    }
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

static void opening_fails_with_a_reason(void)
{
    nodes self;
    nodes_start_bare(&self, 1);
    self.startup[0].port = server_unused();
    rc_cluster *cluster = make(&self);
    opens(cluster, RC_UNREACHABLE, text_format("127.0.0.1:%d", self.startup[0].port));
    rc_cluster_free(cluster);
    self.startup[0].port = nodes_port(&self, 0);
    cluster = make(&self);
    answer(&self, "CONFIG *", "-ERR not told\r\n");
    server_once(self.server[0], CLUSTER_SLOTS, "-ERR cluster support disabled\r\n");
    opens(cluster, RC_NOT_CLUSTER, "cluster mode");
    server_once(
        self.server[0], CLUSTER_SLOTS,
        text_format("*1\r\n*3\r\n:0\r\n:9\r\n*2\r\n$0\r\n\r\n:%d\r\n", nodes_port(&self, 0)));
    opens(cluster, RC_TOPOLOGY, "10 of 16384");
    server_on(self.server[0], CLUSTER_SLOTS, nodes_table(&self, 0, 1));
    opens(cluster, RC_OK, ""); /* no failure is for ever */
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

/* ---- TLS ---- */

static void start_tls(nodes *self, const certificate *cert, int count)
{
    nodes_start_bare(self, count);
    for (int i = 0; i < count; i++) {
        server_stop(self->server[i]);
        self->server[i] = server_start_tls(certificate_server(cert, true));
        self->startup[i].port = nodes_port(self, i);
    }
    for (int i = 0; i < count; i++) {
        server_on(self->server[i], CLUSTER_SLOTS, nodes_table(self, 0, count));
    }
    self->options.tls.on = true;
    self->options.tls.ca_file = (char *)cert->cert_file;
    self->options.tls.cert_file = (char *)cert->cert_file;
    self->options.tls.key_file = (char *)cert->locked_file;
    self->options.tls.key_password = KEY_PASSWORD;
}

static void all_of_it_works_under_tls(void)
{
    certificate cert;
    nodes self;
    certificate_make(&cert, "IP:127.0.0.1");
    start_tls(&self, &cert, 2);
    answer(&self, "SET a 1", "+OK\r\n");
    rc_cluster *cluster = make(&self);
    opens(cluster, RC_OK, "");
    executes(cluster, "SET a 1", "+OK");
    executes(cluster, "SET a 1", "+OK");
    CHECK_INT(server_accepted(self.server[1]), 1);
    rc_cluster_free(cluster);
    nodes_stop(&self);
    certificate_remove(&cert);
}

/* A node that dies without a good-bye is a lost connection under TLS too: reads go on elsewhere. */
static void a_node_dies_under_tls(void)
{
    certificate cert;
    nodes self;
    certificate_make(&cert, "IP:127.0.0.1");
    start_tls(&self, &cert, 2);
    server_rule(self.server[1], (rule){.request = "GET a", .times = 1, .then = THEN_CLOSE});
    server_rule(self.server[1], (rule){.request = "SET a 1", .times = 1, .then = THEN_CLOSE});
    answer(&self, "GET a", "+read\r\n");
    answer(&self, "SET a 1", "+OK\r\n");
    rc_cluster *cluster = make(&self);
    opens(cluster, RC_OK, "");
    rc_batch batch = {0};
    text_queue(&batch, "GET a", RC_COMMAND_READ);
    CHECK_STATUS(rc_cluster_execute(cluster, &batch, &no_end), RC_OK);
    CHECK_TEXT(text_outcome(&batch, 0), "+read");
    rc_batch_free(&batch);
    executes(cluster, "SET a 1", "UNKNOWN CLOSED");
    executes(cluster, "SET a 1", "+OK");
    rc_cluster_free(cluster);
    nodes_stop(&self);
    certificate_remove(&cert);
}

static void tls_settings_are_checked_at_once(void)
{
    nodes self;
    nodes_start(&self, 1);
    self.options.tls.on = true;
    self.options.tls.ca_file = "/nowhere/ca.pem";
    rc_error error;
    CHECK(rc_cluster_new(&self.options, &error) == NULL);
    CHECK_STATUS(error.status, RC_TLS);
    CHECK_HAS(error.message, "ssl_ca_certs");
    nodes_stop(&self);
}

/* ---- processes and memory ---- */

static void live_in_child(void *context)
{
    executes(context, "SET a 1", "+OK");
    rc_cluster_free(context);
}

static void a_child_may_use_and_free_it(void)
{
    nodes self;
    nodes_start(&self, 2);
    answer(&self, "SET a 1", "+OK\r\n");
    rc_cluster *cluster = make(&self);
    executes(cluster, "SET a 1", "+OK");
    in_child(live_in_child, cluster);
    executes(cluster, "SET a 1", "+OK");
    CHECK_INT(server_accepted(self.server[1]), 2);
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

static nodes shared;

static void without_memory_from_beginning_to_end(void)
{
    rc_error error;
    rc_batch batch = {0};
    text_queue(&batch, "SET a 1", 0);
    fail_begin();
    rc_cluster *cluster = rc_cluster_new(&shared.options, &error);
    rc_status status = cluster == NULL ? error.status : rc_cluster_open(cluster, &no_end, &error);
    if (status == RC_OK) {
        status = rc_cluster_execute(cluster, &batch, &no_end);
    }
    bool failed = fail_end();
    bool replied = batch.commands[0].state == RC_REPLIED;
    if (status == RC_OK && !replied) {
        status = rc_batch_error(&batch, &batch.commands[0])->status;
    }
    CHECK_STATUS(status, replied ? RC_OK : RC_NOMEM);
    CHECK(failed || replied);
    if (cluster != NULL) {
        executes(cluster, "SET a 1", "+OK");
    }
    rc_cluster_free(cluster);
    rc_batch_free(&batch);
}

/* A session's node need not be in the slot table, and it counts among the connections. */
static void a_session_is_a_connection_of_its_own(void)
{
    nodes self;
    nodes_start(&self, 2);
    answer(&self, "GO", "+a\r\n");
    self.options.max_connections = 1;
    rc_cluster *cluster = make(&self);
    rc_error error;
    rc_session *session;
    rc_session *another;
    int port = nodes_port(&self, 1);
    CHECK_STATUS(rc_cluster_session(cluster, "127.0.0.1", port, true, &no_end, &session, &error),
                 RC_CONNECT);
    server_on(self.server[1], "READONLY", "+OK\r\n");
    CHECK_STATUS(rc_cluster_session(cluster, "127.0.0.1", port, true, &no_end, &session, &error),
                 RC_OK);
    CHECK_STATUS(rc_cluster_session(cluster, "127.0.0.1", port, true, &no_end, &another, &error),
                 RC_POOL_FULL);
    rc_reply_tree tree = {0};
    rc_exchange x = {.data = "*1\r\n$2\r\nGO\r\n",
                     .length = 12,
                     .requests = 1,
                     .replies = 1,
                     .tree = &tree,
                     .until = RC_NEVER,
                     .patience = -1};
    CHECK_STATUS(rc_session_exchange(session, &x, &no_end, &error), RC_OK);
    CHECK_TEXT(text_reply(&tree, 0), "+a");
    rc_reply_tree_free(&tree);
    rc_session_close(session, true);
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

/* ---- a silent primary ---- */

static void looks_after(rc_cluster *cluster, rc_node_id node, rc_call *call, rc_status expected)
{
    rc_error error;
    rc_error_clear(&error);
    CHECK_STATUS(rc_cluster_look_after(cluster, node, call, &error), expected);
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

/* open_for_a_look: the next table that is fetched has the second server in the first one's place.
 */
static rc_cluster *open_for_a_look(nodes *self, rc_msec silence)
{
    nodes_start_bare(self, 2);
    server_once(self->server[0], CLUSTER_SLOTS, nodes_table(self, 0, 1));
    server_once(self->server[0], CLUSTER_SLOTS, nodes_table(self, 1, 1));
    self->options.silence = silence;
    rc_cluster *cluster = make(self);
    opens(cluster, RC_OK, "");
    return cluster;
}

static void a_primary_is_gone_when_a_fresh_table_has_another(void)
{
    nodes self;
    rc_cluster *cluster = open_for_a_look(&self, 20000);
    rc_node_id first = rc_cluster_find(cluster, "127.0.0.1", nodes_port(&self, 0));
    looks_after(cluster, first, &no_end, RC_OK); /* the table is not that old */
    rc_error error;
    CHECK_STATUS(rc_cluster_refresh(cluster, &no_end, &error), RC_OK);
    looks_after(cluster, first, &no_end, RC_CLOSED);
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

static void for_a_look_a_table_is_fetched(void)
{
    nodes self;
    rc_cluster *cluster = open_for_a_look(&self, -2); /* no table is fresh enough */
    rc_node_id first = rc_cluster_find(cluster, "127.0.0.1", nodes_port(&self, 0));
    looks_after(cluster, first, &no_end, RC_CLOSED);
    looks_after(cluster, first, &no_end, RC_OK); /* nobody can tell any more */
    for (int i = 0; i < 2; i++) {
        server_rule(self.server[i], (rule){.request = CLUSTER_SLOTS});
    }
    rc_call call = {.deadline = RC_NEVER, .interrupted = at_once};
    looks_after(cluster, first, &call, RC_INTERRUPTED);
    rc_cluster_free(cluster);
    nodes_stop(&self);
}

int main(void)
{
    RUN(a_new_cluster_sends_nothing);
    RUN(an_open_cluster_knows_its_nodes);
    RUN(options_are_copied);
    RUN(commands_are_carried_out);
    RUN(refresh_fetches_the_map_again);
    RUN(disconnect_is_no_end);
    RUN(a_session_is_a_connection_of_its_own);
    RUN(a_primary_is_gone_when_a_fresh_table_has_another);
    RUN(for_a_look_a_table_is_fetched);
    RUN(opening_fails_with_a_reason);
    RUN(all_of_it_works_under_tls);
    RUN(a_node_dies_under_tls);
    RUN(tls_settings_are_checked_at_once);
    RUN(a_child_may_use_and_free_it);
    nodes_start(&shared, 2);
    answer(&shared, "AUTH secret", "+OK\r\n");
    answer(&shared, "CLIENT SETNAME name", "+OK\r\n");
    answer(&shared, "SET a 1", "+OK\r\n");
    shared.options.password = "secret";
    shared.options.client_name = "name";
    FAIL_EACH(without_memory_from_beginning_to_end);
    nodes_stop(&shared);
    return 0;
}
