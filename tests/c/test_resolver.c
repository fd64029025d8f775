/*
 * test_resolver: a host's addresses are asked for at each connection, and each is tried in turn;
 * whoever answers slowly keeps nobody but those who have to have the answer.
 */
#include "check.h"
#include "client.h"

#include "core/session/session.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- the answers of the tests, which stand before those of the C library ---- */

enum { ADDRESSES_MAX = 4, SLOW = 5 /* seconds, at most */ };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct sockaddr_in answers[ADDRESSES_MAX];
static int answer_count;
static int failure = EAI_NONAME; /* when there is no answer ... */
static int failure_errno;        /* ... and what EAI_SYSTEM means */
static int questions;
static bool withheld; /* nobody is answered for now */
static bool no_more_threads;
static int threads_made;

static void answer(const int *ports, int count)
{
    pthread_mutex_lock(&lock);
    questions = 0;
    answer_count = count;
    for (int i = 0; i < count; i++) {
        answers[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)ports[i]),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
    pthread_mutex_unlock(&lock);
}

static void answer_one(int port)
{
    answer(&port, 1);
}

static int asked(void)
{
    pthread_mutex_lock(&lock);
    int count = questions;
    pthread_mutex_unlock(&lock);
    return count;
}

static void withhold(bool on)
{
    pthread_mutex_lock(&lock);
    withheld = on;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Handlers of signals must run in threads that their program knows. */
static void check_deaf(void)
{
    sigset_t blocked;
    CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    CHECK(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGALRM));
}

static void add_entry(struct addrinfo **list, const struct sockaddr_in *address)
{
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } *entry = calloc(1, sizeof *entry);
    CHECK(entry != NULL);
    entry->address = *address;
    entry->info = (struct addrinfo){.ai_family = AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_addr = (struct sockaddr *)&entry->address,
                                    .ai_addrlen = sizeof entry->address,
                                    .ai_next = *list};
    *list = &entry->info;
}

static int answer_number(const char *host, const char *service, struct addrinfo **result)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(service))};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        return EAI_NONAME;
    }
    add_entry(result, &address);
    return 0;
}

static void wait_until_told(void)
{
    struct timespec until;
    CHECK_INT(clock_gettime(CLOCK_REALTIME, &until), 0);
    until.tv_sec += SLOW;
    for (int result = 0; withheld && result == 0;) {
        result = pthread_cond_timedwait(&changed, &lock, &until);
    }
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    CHECK_INT(hints->ai_socktype, SOCK_STREAM);
    *result = NULL;
    if (hints->ai_flags & AI_NUMERICHOST) {
        return answer_number(host, service, result);
    }
    CHECK_TEXT(host, "node.example");
    CHECK_TEXT(service, "7000");
    check_deaf();
    pthread_mutex_lock(&lock);
    questions++;
    wait_until_told();
    for (int i = answer_count; i-- > 0;) {
        add_entry(result, &answers[i]);
    }
    int outcome = answer_count == 0 ? failure : 0;
    errno = failure_errno;
    pthread_mutex_unlock(&lock);
    return outcome;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

/* ---- threads that nobody waits for, and files ---- */

static void *(*detached)(void *);
static int running;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *context);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *context);

static void count_running(int change)
{
    pthread_mutex_lock(&lock);
    running += change;
    threads_made += change > 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *run_detached(void *context)
{
    __atomic_load_n(&detached, __ATOMIC_RELAXED)(context);
    count_running(-1);
    return NULL;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *context)
{
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes != NULL) {
        CHECK_INT(pthread_attr_getdetachstate(attributes, &state), 0);
    }
    if (state == PTHREAD_CREATE_JOINABLE) {
        return __real_pthread_create(thread, attributes, function, context);
    }
    if (no_more_threads) {
        return EAGAIN;
    }
    count_running(1);
    __atomic_store_n(&detached, function, __ATOMIC_RELAXED);
    return __real_pthread_create(thread, attributes, run_detached, context);
}

/* wait_over returns when every name that was asked for has been answered, and its thread is over.
 */
static void wait_over(void)
{
    pthread_mutex_lock(&lock);
    while (running > 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static int files(void)
{
    int count = 0;
    DIR *list = opendir("/proc/self/fd");
    CHECK(list != NULL);
    while (readdir(list) != NULL) {
        count++;
    }
    closedir(list);
    return count;
}

/* ---- one node by that name ---- */

static rc_status ask_until(nodes *self, rc_call *call, rc_msec until, rc_error *error)
{
    const rc_buffer request = {.data = (char[]){"*1\r\n$4\r\nPING\r\n"}, .length = 14};
    rc_reply_tree tree = {0};
    rc_node_id node = rc_pool_node(&self->pool, "node.example", 7000);
    rc_status status = rc_probe_ask(&self->pool, node, &request, call, until, &tree, error);
    rc_reply_tree_free(&tree);
    return status;
}

static rc_status ask(nodes *self, rc_error *error)
{
    return ask_until(self, &no_end, rc_now() + 10000, error);
}

static void answered_by(nodes *self, int number)
{
    rc_error error;
    int before = server_seen(self->server[number], "PING");
    CHECK_STATUS(ask(self, &error), RC_OK);
    CHECK_INT(server_seen(self->server[number], "PING"), before + 1);
}

static void start(nodes *self)
{
    nodes_start_bare(self, 2);
    nodes_open(self);
    for (int i = 0; i < 2; i++) {
        server_on(self->server[i], "PING", "+PONG\r\n");
    }
}

static void stop(nodes *self)
{
    nodes_close(self);
    nodes_stop(self);
}

static void a_new_connection_asks_anew(void)
{
    nodes self;
    start(&self);
    answer_one(nodes_port(&self, 0));
    answered_by(&self, 0);
    answered_by(&self, 0);
    CHECK_INT(asked(), 1); /* but not for each command */
    answer_one(nodes_port(&self, 1));
    answered_by(&self, 0); /* that connection works still */
    CHECK_INT(asked(), 0);
    rc_pool_disconnect(&self.pool);
    answered_by(&self, 1);
    CHECK_INT(asked(), 1);
    stop(&self);
}

/* A host that moves takes its name along: the address of before answers no more. */
static void a_lost_connection_asks_anew(void)
{
    nodes self;
    start(&self);
    server_rule(self.server[0], (rule){.request = "BYE", .then = THEN_CLOSE});
    answer_one(nodes_port(&self, 0));
    answered_by(&self, 0);
    rc_connection *idle = self.pool.nodes[0]->idle;
    size_t done;
    rc_error error;
    CHECK_INT(rc_transport_write(&idle->transport, "*1\r\n$3\r\nBYE\r\n", 13, &done, &error),
              RC_IO_OK);
    server_wait_ended(self.server[0], 1);
    answer_one(nodes_port(&self, 1));
    answered_by(&self, 1);
    CHECK_INT(self.pool.connections, 1);
    stop(&self);
}

static void addresses_are_tried_in_turn(void)
{
    nodes self;
    start(&self);
    const int ports[] = {server_unused(), server_unused(), nodes_port(&self, 1)};
    answer(ports, 3);
    answered_by(&self, 1);
    CHECK_INT(asked(), 1);
    rc_pool_disconnect(&self.pool);
    const int others[] = {server_unused(), nodes_port(&self, 0), nodes_port(&self, 1)};
    answer(others, 3);
    answered_by(&self, 0); /* the first that accepts will do */
    CHECK_INT(server_accepted(self.server[1]), 1);
    stop(&self);
}

static void rest(nodes *self)
{
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_deadline(rc_pool_retry_after(&self->pool, 0))), RC_OK);
}

/* What failed once is not remembered, but for the pause before the next attempt: neither an unknown
 * name, nor addresses that all refuse. */
static void failures_are_not_remembered(void)
{
    nodes self;
    start(&self);
    rc_error error;
    answer(NULL, 0);
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_HAS(error.message, "resolve");
    CHECK_TEXT(error.host, "node.example");
    const int ports[] = {server_unused(), server_unused()};
    answer(ports, 2);
    rest(&self);
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ECONNREFUSED);
    CHECK_INT(self.pool.connections, 0);
    answer_one(nodes_port(&self, 0));
    rest(&self);
    answered_by(&self, 0);
    stop(&self);
}

/* ---- slow answers ---- */

static bool is_soon(rc_msec begun)
{
    return rc_now() - begun < SLOW * 1000 - 1000;
}

/* end_slow lets the names be answered that are still asked for, and waits for the last trace. */
static void end_slow(nodes *self, int files_before)
{
    withhold(false);
    wait_over();
    rc_pool_free(&self->pool);
    rc_error error;
    CHECK_STATUS(rc_pool_init(&self->pool, &self->lock, &self->options, &error), RC_OK);
    /* The servers close their ends when they come to it. */
    for (rc_msec until = rc_now() + 20000; files() != files_before;) {
        CHECK(rc_now() < until);
        CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 1), RC_OK);
    }
    stop(self);
}

static void a_slow_name_keeps_the_deadline(void)
{
    nodes self;
    rc_error error;
    start(&self);
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    withhold(true);
    rc_msec begun = rc_now();
    CHECK_STATUS(ask_until(&self, &no_end, rc_now() + 50, &error), RC_TIMEOUT);
    CHECK(is_soon(begun) && rc_now() - begun >= 50);
    CHECK_HAS(error.message, "resolving the name");
    self.options.connect_timeout = 50; /* which is that of the name as well */
    begun = rc_now();
    CHECK_STATUS(ask_until(&self, &no_end, rc_now() + 10000, &error), RC_TIMEOUT);
    CHECK(is_soon(begun));
    CHECK_INT(self.pool.connections, 0);
    end_slow(&self, files_before);
}

static bool interrupted_at_once(void *context)
{
    (void)context;
    return true;
}

static void a_slow_name_can_be_interrupted(void)
{
    nodes self;
    rc_error error;
    start(&self);
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    withhold(true);
    rc_call call = {.deadline = RC_NEVER, .interrupted = interrupted_at_once};
    rc_msec begun = rc_now();
    CHECK_STATUS(ask_until(&self, &call, RC_NEVER, &error), RC_INTERRUPTED);
    CHECK(is_soon(begun));
    end_slow(&self, files_before);
}

static void a_session_does_not_wait_for_a_slow_name(void)
{
    nodes self;
    rc_error error;
    start(&self);
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    withhold(true);
    rc_call call = {.deadline = rc_now() + 50};
    rc_session *session;
    rc_node_id node = rc_pool_node(&self.pool, "node.example", 7000);
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_session_open(&self.pool, node, false, &call, &session, &error), RC_TIMEOUT);
    CHECK(is_soon(begun));
    end_slow(&self, files_before);
}

/* The first node has half of the slots, and node.example the others. */
static const char half_by_name[] = "*2\r\n*3\r\n:0\r\n:8191\r\n*3\r\n$0\r\n\r\n:%d\r\n$2\r\nid\r\n"
                                   "*3\r\n:8192\r\n:16383\r\n"
                                   "*3\r\n$12\r\nnode.example\r\n:7000\r\n$2\r\nid\r\n";

static void start_half_named(client *self)
{
    client_start_bare(self);
    client_answer(self, 0, CLUSTER_SLOTS, text_format(half_by_name, nodes_port(&self->nodes, 0)));
    for (int i = 0; i < 2; i++) {
        client_answer(self, i, "GET *", "+well\r\n");
    }
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->nodes.topology, 0, &no_end, &error), RC_OK);
}

static void a_slow_name_keeps_no_other_node_waiting(void)
{
    client self;
    start_half_named(&self);
    answer_one(nodes_port(&self.nodes, 1));
    withhold(true);
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    rc_call call = {.deadline = rc_now() + 500};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(is_soon(begun));
    client_expect_outcome(&self, 0, "NOT_SENT TIMEOUT");
    client_expect_outcome(&self, 1, "+well");
    withhold(false);
    rc_batch_clear(&self.batch);
    client_read(&self, "GET a");
    client_run(&self);
    client_expect_outcome(&self, 0, "+well");
    wait_over();
    client_stop(&self);
}

/* A table that is fetched beside a call from a node whose name is slow does not keep the call. */
static void a_fetch_beside_a_call_does_not_wait_for_a_slow_name(void)
{
    client self;
    client_start_bare(&self);
    client_answer(&self, 0, CLUSTER_SLOTS, nodes_table(&self.nodes, 0, 2));
    client_answer_once(&self, 0, "GET b", "-MOVED 3300 node.example:7000\r\n");
    client_answer(&self, 1, "GET b", "+moved\r\n");
    client_answer(&self, 1, "GET a", "+well\r\n");
    answer_one(nodes_port(&self.nodes, 1));
    withhold(true);
    client_read(&self, "GET a");
    client_read(&self, "GET b");
    rc_call call = {.deadline = rc_now() + 700};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_executor_execute(&self.nodes.executor, &self.batch, &call), RC_OK);
    CHECK(is_soon(begun));
    client_expect_outcome(&self, 0, "+well");
    client_expect_outcome(&self, 1, "NOT_SENT TIMEOUT");
    withhold(false);
    wait_over();
    client_stop(&self);
}

/* ---- who asks, and how often ---- */

typedef struct asker {
    pthread_t thread;
    nodes *nodes;
} asker;

static void *ask_in_thread(void *context)
{
    asker *self = context;
    rc_error error;
    CHECK_STATUS(ask(self->nodes, &error), RC_OK);
    return NULL;
}

/* Who wants a name that is being asked for gets that answer: there is one question at a time. */
static void those_who_wait_for_one_name_ask_once(void)
{
    enum { ASKERS = 8 };
    nodes self;
    start(&self);
    int files_before = files();
    asker askers[ASKERS];
    rc_error error;
    answer_one(nodes_port(&self, 0));
    withhold(true);
    CHECK_STATUS(ask_until(&self, &no_end, rc_now() + 20, &error), RC_TIMEOUT);
    for (int i = 0; i < ASKERS; i++) {
        askers[i].nodes = &self;
        CHECK_INT(pthread_create(&askers[i].thread, NULL, ask_in_thread, &askers[i]), 0);
    }
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 50), RC_OK);
    CHECK_INT(asked(), 1);
    withhold(false);
    for (int i = 0; i < ASKERS; i++) {
        CHECK_INT(pthread_join(askers[i].thread, NULL), 0);
    }
    end_slow(&self, files_before);
}

static void a_number_is_nobodys_to_resolve(void)
{
    nodes self;
    start(&self);
    int made = threads_made;
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    rc_connection *connection = nodes_take(&self, 0, false);
    CHECK_TEXT(nodes_ask(connection, "PING"), "+PONG");
    CHECK(files() <= files_before + 2); /* both ends of the stream are of this process */
    rc_pool_give(&self.pool, connection, true);
    CHECK_INT(asked(), 0);
    CHECK_INT(threads_made, made);
    stop(&self);
}

/* ---- what the process lacks ---- */

static bool is_down(nodes *self)
{
    rc_node_report report;
    rc_pool_report(&self->pool, 0, &report);
    return report.down;
}

static void a_thread_that_cannot_be_made_is_not_the_nodes_fault(void)
{
    nodes self;
    rc_error error;
    start(&self);
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    no_more_threads = true;
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    no_more_threads = false;
    CHECK_INT(error.sys_errno, EAGAIN);
    CHECK_HAS(error.message, "resolve");
    CHECK_INT(files(), files_before);
    CHECK(!is_down(&self));
    answered_by(&self, 0);
    stop(&self);
}

static void without_files_no_name_is_resolved(void)
{
    nodes self;
    rc_error error;
    start(&self);
    answer_one(nodes_port(&self, 0));
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    rc_status status = ask(&self, &error);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_STATUS(status, RC_CONNECT);
    CHECK_INT(error.sys_errno, EMFILE);
    CHECK_INT(asked(), 0);
    CHECK(!is_down(&self));
    answered_by(&self, 0);
    stop(&self);
}

static void a_failure_of_the_system_is_told(void)
{
    nodes self;
    rc_error error;
    start(&self);
    answer(NULL, 0);
    failure = EAI_SYSTEM;
    failure_errno = ENFILE;
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ENFILE);
    CHECK(!is_down(&self));
    failure = EAI_MEMORY;
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, ENOMEM);
    CHECK(!is_down(&self));
    failure = EAI_NONAME;
    CHECK_STATUS(ask(&self, &error), RC_CONNECT);
    CHECK_INT(error.sys_errno, 0);
    CHECK(is_down(&self));
    stop(&self);
}

static void without_memory_nothing_is_left(void)
{
    nodes self;
    rc_error error;
    start(&self);
    CHECK_INT(rc_pool_node(&self.pool, "node.example", 7000), 0);
    answer_one(nodes_port(&self, 0));
    fail_begin();
    rc_status status = ask(&self, &error);
    CHECK_STATUS(status, fail_end() ? RC_NOMEM : RC_OK);
    wait_over();
    stop(&self);
}

/* ---- fork ---- */

/* ThreadSanitizer would have a child do without threads of its own. */
const char *__tsan_default_options(void);

const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

/* The answer that the parent waits for never comes here: its thread stayed behind. */
static void ask_in_child(void *context)
{
    nodes *self = context;
    rc_error error;
    withheld = false;
    CHECK_STATUS(ask(self, &error), RC_OK);
    rc_pool_disconnect(&self->pool);
}

static void a_child_asks_for_itself(void)
{
    nodes self;
    rc_error error;
    start(&self);
    int files_before = files();
    answer_one(nodes_port(&self, 0));
    withhold(true);
    CHECK_STATUS(ask_until(&self, &no_end, rc_now() + 50, &error), RC_TIMEOUT);
    in_child(ask_in_child, &self);
    CHECK_INT(asked(), 1);
    end_slow(&self, files_before);
}

int main(void)
{
    RUN(a_new_connection_asks_anew);
    RUN(a_lost_connection_asks_anew);
    RUN(addresses_are_tried_in_turn);
    RUN(failures_are_not_remembered);
    RUN(a_slow_name_keeps_the_deadline);
    RUN(a_slow_name_can_be_interrupted);
    RUN(a_session_does_not_wait_for_a_slow_name);
    RUN(a_slow_name_keeps_no_other_node_waiting);
    RUN(a_fetch_beside_a_call_does_not_wait_for_a_slow_name);
    RUN(those_who_wait_for_one_name_ask_once);
    RUN(a_number_is_nobodys_to_resolve);
    RUN(a_thread_that_cannot_be_made_is_not_the_nodes_fault);
    RUN(without_files_no_name_is_resolved);
    RUN(a_failure_of_the_system_is_told);
    FAIL_EACH(without_memory_nothing_is_left);
    RUN(a_child_asks_for_itself);
    return 0;
}
