/* test_options: defaults, and copies that share nothing. */
#include "check.h"

#include "core/base/options.h"

static rc_address startup[] = {{"host-a", 7000}, {"host-b", 7001}, {"", 0}};
static rc_remap remaps[] = {
    {"10.0.0.1", "localhost", 6379, 7000}, {NULL, "gateway", 0, 0}, {"inner", NULL, 0, 9}};

static rc_options everything(void)
{
    rc_options options;
    rc_options_default(&options);
    options.startup = startup;
    options.startup_count = 3;
    options.remaps = remaps;
    options.remap_count = 3;
    options.username = "user";
    options.password = "secret";
    options.client_name = "name";
    options.socket_timeout = 1234;
    options.max_connections = 17;
    options.retry_writes = true;
    options.tls = (rc_tls_options){.on = true,
                                   .ca_file = "ca",
                                   .ca_path = "path",
                                   .ca_data = "data",
                                   .cert_file = "cert",
                                   .key_file = "key",
                                   .key_password = "password",
                                   .crl_file = "crl",
                                   .ciphers = "ciphers",
                                   .ciphersuites = "suites",
                                   .min_version = 771};
    return options;
}

static void defaults_promise_what_the_user_expects(void)
{
    rc_options options;
    memset(&options, 0x55, sizeof options);
    rc_options_default(&options);
    CHECK_INT(options.startup_count, 0);
    CHECK(options.username == NULL && options.password == NULL && options.tls.ca_file == NULL);
    CHECK(!options.retry_writes); /* a write that may have run is not sent again */
    CHECK(!options.allow_uncovered && !options.tls.on);
    CHECK(options.tls.verify && options.tls.check_hostname);
    CHECK(options.connect_timeout > 0);
    CHECK(options.retry.rounds > 0 && options.retry.rounds <= 16);
    CHECK(options.retry.down_rounds > 0 && options.retry.delay_max > 0);
    CHECK(options.keepalive.on); /* after the system's two hours nobody is interested any more */
    CHECK_INT(options.keepalive.idle, 6);
    CHECK_INT(options.keepalive.interval, 3);
    CHECK_INT(options.keepalive.count, 3);
    CHECK(options.max_connections > 0 && options.max_connections_per_node > 0);
}

/* same_text: the same words in another place. */
static void same_text(const char *copy, const char *original)
{
    if (original == NULL) {
        CHECK(copy == NULL);
    } else {
        CHECK(copy != original);
        CHECK_TEXT(copy, original);
    }
}

static void check_copy(const rc_options *copy, const rc_options *original)
{
    same_text(copy->username, original->username);
    same_text(copy->password, original->password);
    same_text(copy->client_name, original->client_name);
    same_text(copy->tls.ca_file, original->tls.ca_file);
    same_text(copy->tls.ca_path, original->tls.ca_path);
    same_text(copy->tls.ca_data, original->tls.ca_data);
    same_text(copy->tls.cert_file, original->tls.cert_file);
    same_text(copy->tls.key_file, original->tls.key_file);
    same_text(copy->tls.key_password, original->tls.key_password);
    same_text(copy->tls.crl_file, original->tls.crl_file);
    same_text(copy->tls.ciphers, original->tls.ciphers);
    same_text(copy->tls.ciphersuites, original->tls.ciphersuites);
    CHECK_INT(copy->tls.min_version, original->tls.min_version);
    CHECK_INT(copy->socket_timeout, original->socket_timeout);
    CHECK_INT(copy->max_connections, original->max_connections);
    CHECK_INT(copy->retry_writes, original->retry_writes);
    CHECK_INT(copy->startup_count, original->startup_count);
    for (size_t i = 0; i < copy->startup_count; i++) {
        same_text(copy->startup[i].host, original->startup[i].host);
        CHECK_INT(copy->startup[i].port, original->startup[i].port);
    }
    CHECK_INT(copy->remap_count, original->remap_count);
    for (size_t i = 0; i < copy->remap_count; i++) {
        same_text(copy->remaps[i].from_host, original->remaps[i].from_host);
        same_text(copy->remaps[i].to_host, original->remaps[i].to_host);
        CHECK_INT(copy->remaps[i].from_port, original->remaps[i].from_port);
        CHECK_INT(copy->remaps[i].to_port, original->remaps[i].to_port);
    }
}

static void copies_share_nothing(void)
{
    rc_options options = everything();
    rc_options copy;
    CHECK_STATUS(rc_options_copy(&copy, &options), RC_OK);
    check_copy(&copy, &options);
    rc_options_free(&copy);
    CHECK(copy.password == NULL && copy.startup == NULL && copy.startup_count == 0);
    rc_options_free(&copy); /* nothing is freed twice */
}

static void an_empty_copy_is_a_copy(void)
{
    rc_options options;
    rc_options_default(&options);
    rc_options copy;
    CHECK_STATUS(rc_options_copy(&copy, &options), RC_OK);
    check_copy(&copy, &options);
    rc_options_free(&copy);
}

static void a_copy_that_fails_leaves_nothing(void)
{
    rc_options options = everything();
    rc_options copy;
    fail_begin();
    rc_status status = rc_options_copy(&copy, &options);
    CHECK_STATUS(status, fail_end() ? RC_NOMEM : RC_OK);
    if (status == RC_OK) {
        check_copy(&copy, &options);
        rc_options_free(&copy);
    }
}

int main(void)
{
    RUN(defaults_promise_what_the_user_expects);
    RUN(copies_share_nothing);
    RUN(an_empty_copy_is_a_copy);
    FAIL_EACH(a_copy_that_fails_leaves_nothing);
    return 0;
}
