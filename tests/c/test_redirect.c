/* test_redirect: each error reply as a row - what it is, where it points, what is done about it,
 * when.
 */
#include "check.h"

#include "core/execution/redirect.h"

#include <stdio.h>
#include <string.h>

static rc_redirect parse(const char *text)
{
    return rc_redirect_parse(text, strlen(text));
}

static void refusals_are_told_from_other_errors(void)
{
    static const struct {
        const char *text;
        rc_refusal refusal;
    } rows[] = {
        {"MOVED 3999 127.0.0.1:6381", RC_REFUSAL_MOVED},
        {"ASK 3999 127.0.0.1:6381", RC_REFUSAL_ASK},
        {"TRYAGAIN Multiple keys request during rehashing of slot", RC_REFUSAL_TRYAGAIN},
        {"CLUSTERDOWN The cluster is down", RC_REFUSAL_CLUSTERDOWN},
        {"CLUSTERDOWN Hash slot not served", RC_REFUSAL_CLUSTERDOWN},
        {"MASTERDOWN Link with MASTER is down", RC_REFUSAL_MASTERDOWN},
        {"LOADING Redis is loading the dataset in memory", RC_REFUSAL_LOADING},
        {"READONLY You can't write against a read only replica.", RC_REFUSAL_READONLY},
        {"UNBLOCKED force unblock from blocking operation, instance state changed",
         RC_REFUSAL_READONLY},
        {"UNBLOCKED client unblocked via CLIENT UNBLOCK", RC_REFUSAL_NONE},
        {"ERR unknown command 'MOVED'", RC_REFUSAL_NONE},
        {"WRONGTYPE Operation against a key", RC_REFUSAL_NONE},
        {"CROSSSLOT Keys in request don't hash to the same slot", RC_REFUSAL_NONE},
        {"NOSCRIPT No matching script", RC_REFUSAL_NONE},
        {"moved 1 a:1", RC_REFUSAL_NONE},
        {"ASKING 1 a:1", RC_REFUSAL_NONE},
        {"", RC_REFUSAL_NONE},
        {"M", RC_REFUSAL_NONE},
        {"TRYAGAIN", RC_REFUSAL_TRYAGAIN},
        {"TRYAGAIN later", RC_REFUSAL_TRYAGAIN},
        {"TRYAGAINST all odds", RC_REFUSAL_NONE},
        {"CLUSTERDOWNTIME begins", RC_REFUSAL_NONE},
        {"MASTERDOWNLOAD 1", RC_REFUSAL_NONE},
        {"LOADINGX", RC_REFUSAL_NONE},
        {"READONLYMODE is on", RC_REFUSAL_NONE},
        {"READONLY\tYou", RC_REFUSAL_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_INT(parse(rows[i].text).refusal, rows[i].refusal);
    }
    CHECK_INT(rc_redirect_parse("TRYAGAIN", 5).refusal, RC_REFUSAL_NONE); /* the length counts */
}

static void targets_are_read(void)
{
    static const struct {
        const char *text;
        int slot;
        const char *host;
        int port;
    } rows[] = {
        {"MOVED 3999 127.0.0.1:6381", 3999, "127.0.0.1", 6381},
        {"ASK 0 redis-3.example.com:1", 0, "redis-3.example.com", 1},
        {"MOVED 16383 ::1:65535", 16383, "::1", 65535},
        {"MOVED 7 2001:db8::7:6379", 7, "2001:db8::7", 6379},
        {"MOVED 7 :6379", 7, "", 6379},  /* an empty host is the one that answered */
        {"MOVED 7 ?:6379", 7, "", 6379}, /* and so is an unknown one */
        {"MOVED 7 a:6379 more=of it", 7, "a", 6379},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rc_redirect redirect = parse(rows[i].text);
        CHECK(redirect.refusal != RC_REFUSAL_NONE);
        CHECK_INT(redirect.slot, rows[i].slot);
        CHECK_TEXT(redirect.host, rows[i].host);
        CHECK_INT(redirect.port, rows[i].port);
    }
}

/* What cannot be followed is an ordinary error, which the caller gets to see. */
static void malformed_targets_are_no_refusals(void)
{
    static const char *const rows[] = {
        "MOVED",
        "ASK",
        "MOVED ",
        "MOVED 1",
        "MOVED 1 ",
        "MOVED 1 a",
        "MOVED 1 a:",
        "MOVED 1 a:0",
        "MOVED 1 a:65536",
        "MOVED 1 a:b",
        "MOVED 1 a:-1",
        "MOVED -1 a:1",
        "MOVED 16384 a:1",
        "MOVED x a:1",
        "MOVED  1 a:1",
        "MOVED 1  a:1",
        "MOVED 1x a:1",
        "MOVED 99999999999999 a:1",
        "ASK 1 a:99999999",
        "ASK 18446744073709551617 a:1",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_INT(parse(rows[i]).refusal, RC_REFUSAL_NONE);
    }
}

/* No host overflows, and nothing behind the given length is read. */
static void long_hosts_are_refused(void)
{
    char text[1000];
    for (int length = 1; length < 600; length++) {
        int size = snprintf(text, sizeof text, "MOVED 1 %0*d:7", length, 0);
        rc_redirect redirect = rc_redirect_parse(text, (size_t)size);
        if (length < RC_HOST_MAX) {
            CHECK_INT(redirect.refusal, RC_REFUSAL_MOVED);
            CHECK_INT(strlen(redirect.host), length);
        } else {
            CHECK_INT(redirect.refusal, RC_REFUSAL_NONE);
        }
    }
    rc_redirect cut = rc_redirect_parse("MOVED 1 a:12345", 14);
    CHECK_INT(cut.port, 1234);
}

static const rc_retry_policy policy = {
    .rounds = 5, .down_rounds = 2, .delay = 8, .down_delay = 100, .delay_max = 400};

static void each_refusal_has_its_action(void)
{
    static const struct {
        rc_refusal refusal;
        rc_action action;
        int tries;
    } rows[] = {
        {RC_REFUSAL_MOVED, RC_ACTION_MOVED, 5},      {RC_REFUSAL_ASK, RC_ACTION_ASK, 5},
        {RC_REFUSAL_TRYAGAIN, RC_ACTION_AGAIN, 5},   {RC_REFUSAL_LOADING, RC_ACTION_AGAIN, 5},
        {RC_REFUSAL_READONLY, RC_ACTION_REFRESH, 5}, {RC_REFUSAL_CLUSTERDOWN, RC_ACTION_DOWN, 2},
        {RC_REFUSAL_MASTERDOWN, RC_ACTION_DOWN, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int attempt = 0; attempt < 8; attempt++) {
            CHECK_INT(rc_redirect_decide(rows[i].refusal, attempt, &policy),
                      attempt < rows[i].tries ? rows[i].action : RC_ACTION_FAIL);
        }
    }
    for (int attempt = 0; attempt < 8; attempt++) {
        CHECK_INT(rc_redirect_decide(RC_REFUSAL_NONE, attempt, &policy), RC_ACTION_DONE);
    }
}

static void within(rc_action action, int attempt, rc_msec least, rc_msec most)
{
    for (int i = 0; i < 50; i++) {
        rc_msec delay = rc_redirect_delay(action, attempt, &policy);
        CHECK(delay >= least && delay <= most);
    }
}

/* A slot that has moved is followed at once; a wait is for what needs time. */
static void waits_double_up_to_the_limit(void)
{
    within(RC_ACTION_MOVED, 0, 0, 0);
    within(RC_ACTION_ASK, 1, 0, 0);
    within(RC_ACTION_AGAIN, 0, 4, 8);
    within(RC_ACTION_AGAIN, 1, 8, 16);
    within(RC_ACTION_REFRESH, 2, 16, 32);
    within(RC_ACTION_DOWN, 0, 50, 100);
    within(RC_ACTION_DOWN, 1, 100, 200);
    within(RC_ACTION_AGAIN, 30, 200, 400);
    within(RC_ACTION_DOWN, 30, 200, 400);
    within(RC_ACTION_MOVED, 40, 200, 400); /* to and fro between two nodes takes time as well */
}

/* The first wait is the user's word, whatever the limit says. */
static void the_first_wait_is_not_cut(void)
{
    rc_retry_policy slow = {.rounds = 5, .down_rounds = 5, .down_delay = 1000, .delay_max = 10};
    CHECK(rc_redirect_delay(RC_ACTION_DOWN, 0, &slow) >= 500);
}

int main(void)
{
    RUN(refusals_are_told_from_other_errors);
    RUN(targets_are_read);
    RUN(malformed_targets_are_no_refusals);
    RUN(long_hosts_are_refused);
    RUN(each_refusal_has_its_action);
    RUN(waits_double_up_to_the_limit);
    RUN(the_first_wait_is_not_cut);
    return 0;
}
