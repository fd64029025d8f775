/* test_health: how often a node that is down is tried, and for how long reads go elsewhere. */
#include "check.h"

#include "core/pool/health.h"

enum { NOW = 1000 * 1000 };

/* within checks that a wait is a back-off of this many milliseconds, of which half is chance. */
static void within(rc_msec wait, rc_msec most)
{
    CHECK(wait >= most / 2 && wait <= most);
}

static void what_works_may_always_be_tried(void)
{
    rc_health health = {0};
    for (int i = 0; i < 10; i++) {
        CHECK(rc_health_attempt(&health, NOW));
    }
    CHECK(rc_health_is_fit(&health, NOW));
    CHECK(!rc_health_worked(&health)); /* it was not down */
}

static void a_failure_makes_it_rest(void)
{
    rc_health health = {0};
    CHECK(rc_health_failed(&health, NOW));
    within(health.next_attempt - NOW, RC_REST_FIRST);
    CHECK(!rc_health_attempt(&health, NOW));
    CHECK(!rc_health_attempt(&health, health.next_attempt - 1));
    CHECK(rc_health_attempt(&health, health.next_attempt));
}

/* The first who comes when the rest is over tries for all. */
static void one_attempt_at_a_time(void)
{
    rc_health health = {0};
    rc_health_failed(&health, NOW);
    rc_msec later = NOW + RC_REST_MOST;
    CHECK(rc_health_attempt(&health, later));
    for (int i = 0; i < 50; i++) {
        CHECK(!rc_health_attempt(&health, later));
    }
    within(health.next_attempt - later, 2 * RC_REST_FIRST);
    CHECK(rc_health_attempt(&health, later + RC_REST_MOST)); /* the other may never tell */
}

static void the_rest_doubles_up_to_its_limit(void)
{
    rc_health health = {0};
    rc_msec now = NOW;
    rc_msec rest = RC_REST_FIRST;
    rc_msec unfit = RC_UNFIT_FIRST;
    for (int i = 0; i < 70; i++) {
        CHECK_INT(rc_health_failed(&health, now), i == 0);
        within(health.next_attempt - now, rest);
        within(health.unfit_until - now, unfit);
        rest = 2 * rest < RC_REST_MOST ? 2 * rest : RC_REST_MOST;
        unfit = 2 * unfit < RC_UNFIT_MOST ? 2 * unfit : RC_UNFIT_MOST;
        now += RC_UNFIT_MOST;
        CHECK(rc_health_attempt(&health, now));
    }
}

/* Fifty threads whose attempts fail together have seen one failure, not fifty in a row. */
static void what_fails_together_is_one_failure(void)
{
    rc_health health = {0};
    for (int i = 0; i < 50; i++) {
        CHECK_INT(rc_health_failed(&health, NOW), i == 0);
    }
    CHECK_INT(health.failures, 1);
    within(health.next_attempt - NOW, RC_REST_FIRST);
    within(health.unfit_until - NOW, RC_UNFIT_FIRST);
    CHECK(rc_health_attempt(&health, NOW + RC_REST_MOST));
    CHECK(!rc_health_failed(&health, NOW + RC_REST_MOST));
    CHECK_INT(health.failures, 2);
}

static void one_success_makes_up_for_all(void)
{
    rc_health health = {0};
    for (int i = 0; i < 5; i++) {
        rc_health_failed(&health, NOW);
        rc_health_attempt(&health, health.next_attempt);
    }
    CHECK(!rc_health_is_fit(&health, NOW));
    CHECK(rc_health_worked(&health));
    CHECK(!rc_health_worked(&health)); /* it comes back once */
    CHECK(rc_health_is_fit(&health, NOW));
    CHECK(rc_health_attempt(&health, NOW));
    CHECK(rc_health_failed(&health, NOW)); /* and may go down again, from the beginning */
    within(health.next_attempt - NOW, RC_REST_FIRST);
}

static void unfit_for_a_moment(void)
{
    rc_health health = {0};
    rc_health_mark_unfit(&health, NOW);
    CHECK(!rc_health_is_fit(&health, NOW + RC_UNFIT_FIRST - 1));
    CHECK(rc_health_is_fit(&health, NOW + RC_UNFIT_FIRST));
    CHECK(rc_health_attempt(&health, NOW)); /* it is not down */
    CHECK(!rc_health_worked(&health));
    CHECK(rc_health_is_fit(&health, NOW)); /* a new connection says that all is well */
}

/* A login that was refused may be repeated at once, and from then on with growing pauses. */
static void refused_logins_back_off(void)
{
    rc_health health = {0};
    CHECK(!rc_health_refused(&health, NOW));
    CHECK_INT(health.failures, 0); /* it is not down */
    CHECK(rc_health_attempt(&health, NOW));
    CHECK(!rc_health_attempt(&health, NOW)); /* one at a time */
    rc_msec now = NOW;
    rc_msec most = 0;
    for (int i = 0; i < 12; i++) {
        rc_health_refused(&health, now);
        CHECK(!rc_health_attempt(&health, health.next_attempt - 1));
        most = health.next_attempt - now > most ? health.next_attempt - now : most;
        now = health.next_attempt;
        CHECK(rc_health_attempt(&health, now));
    }
    CHECK(most > RC_LOGIN_MOST / 2 - 1 && most <= RC_LOGIN_MOST);
    CHECK(!rc_health_worked(&health)); /* it was never down */
    CHECK(rc_health_attempt(&health, now) && rc_health_attempt(&health, now));
}

static void what_is_refused_together_is_one_refusal(void)
{
    rc_health health = {0};
    for (int i = 0; i < 50; i++) {
        CHECK(rc_health_attempt(&health, NOW));
    }
    for (int i = 0; i < 50; i++) {
        rc_health_refused(&health, NOW);
    }
    CHECK_INT(health.refusals, 1);
}

/* A node that was down and refuses the login has come back, and may go down again. */
static void a_refusal_is_an_answer(void)
{
    rc_health health = {0};
    CHECK(rc_health_failed(&health, NOW));
    CHECK(rc_health_attempt(&health, health.next_attempt));
    CHECK(rc_health_refused(&health, NOW + RC_REST_MOST));
    CHECK_INT(health.failures, 0);
    CHECK(rc_health_attempt(&health, NOW + RC_REST_MOST));
    CHECK(rc_health_failed(&health, NOW + RC_REST_MOST));
    CHECK_INT(health.failures, 1);
}

/* A moment's trouble does not shorten what the connections have earned. */
static void unfit_never_ends_sooner(void)
{
    rc_health health = {0};
    for (int i = 0; i < 10; i++) {
        rc_health_failed(&health, NOW);
        rc_health_attempt(&health, health.next_attempt);
    }
    rc_msec until = health.unfit_until;
    CHECK(until - NOW > RC_UNFIT_FIRST);
    rc_health_mark_unfit(&health, NOW);
    CHECK_INT(health.unfit_until, until);
}

int main(void)
{
    RUN(what_works_may_always_be_tried);
    RUN(a_failure_makes_it_rest);
    RUN(one_attempt_at_a_time);
    RUN(the_rest_doubles_up_to_its_limit);
    RUN(what_fails_together_is_one_failure);
    RUN(one_success_makes_up_for_all);
    RUN(refused_logins_back_off);
    RUN(what_is_refused_together_is_one_refusal);
    RUN(a_refusal_is_an_answer);
    RUN(unfit_for_a_moment);
    RUN(unfit_never_ends_sooner);
    return 0;
}
