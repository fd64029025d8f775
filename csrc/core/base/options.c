#include "core/base/options.h"

void rc_options_default(rc_options *options)
{
    *options = (rc_options){
        .socket_timeout = -1,
        .connect_timeout = 10 * 1000,
        .keepalive = {.on = true, .idle = 6, .interval = 3, .count = 3},
        .tls = {.check_hostname = true, .verify = true},
        .max_connections = SIZE_MAX,
        .max_connections_per_node = SIZE_MAX,
        .reply_limits = {.bytes = (size_t)1 << 30, .items = (size_t)1 << 25},
        .retry = {.rounds = 16, .down_rounds = 3, .delay = 10, .down_delay = 500, .delay_max = 500},
        .silence = 1000,
        .failover_timeout = 20 * 1000,
        .lost_rounds = 12,
        .timeout_rounds = 1,
        .refresh_after_moved = 25,
    };
}

/* copy_text leaves *text NULL for NULL, and fails only without memory. */
static bool copy_text(char **text)
{
    if (*text == NULL) {
        return true;
    }
    *text = rc_copy_text(*text, strlen(*text));
    return *text != NULL;
}

enum { TEXTS = 12 };

/* The texts of one options struct, so that copying and freeing cannot forget one. */
static void list_texts(rc_options *options, char **texts[TEXTS])
{
    texts[0] = &options->username;
    texts[1] = &options->password;
    texts[2] = &options->client_name;
    texts[3] = &options->tls.ca_file;
    texts[4] = &options->tls.ca_path;
    texts[5] = &options->tls.ca_data;
    texts[6] = &options->tls.cert_file;
    texts[7] = &options->tls.key_file;
    texts[8] = &options->tls.key_password;
    texts[9] = &options->tls.crl_file;
    texts[10] = &options->tls.ciphers;
    texts[11] = &options->tls.ciphersuites;
}

static bool copy_startup(rc_options *copy, const rc_options *options)
{
    copy->startup = rc_alloc_zeroed((options->startup_count + 1) * sizeof *copy->startup);
    if (copy->startup == NULL) {
        return false;
    }
    for (; copy->startup_count < options->startup_count; copy->startup_count++) {
        rc_address *address = &copy->startup[copy->startup_count];
        *address = options->startup[copy->startup_count];
        if (!copy_text(&address->host)) {
            return false;
        }
    }
    return true;
}

static bool copy_remaps(rc_options *copy, const rc_options *options)
{
    copy->remaps = rc_alloc_zeroed((options->remap_count + 1) * sizeof *copy->remaps);
    if (copy->remaps == NULL) {
        return false;
    }
    for (; copy->remap_count < options->remap_count; copy->remap_count++) {
        rc_remap *rule = &copy->remaps[copy->remap_count];
        *rule = options->remaps[copy->remap_count];
        if (!copy_text(&rule->from_host)) {
            rule->to_host = NULL;
            return false;
        }
        if (!copy_text(&rule->to_host)) {
            rc_free(rule->from_host);
            return false;
        }
    }
    return true;
}

static bool copy_texts(rc_options *copy)
{
    char **texts[TEXTS];
    list_texts(copy, texts);
    bool whole = true;
    for (size_t i = 0; i < TEXTS; i++) {
        if (!whole) {
            *texts[i] = NULL; /* still the original's: not ours to free */
        } else {
            whole = copy_text(texts[i]);
        }
    }
    return whole;
}

rc_status rc_options_copy(rc_options *copy, const rc_options *options)
{
    *copy = *options;
    copy->startup = NULL;
    copy->startup_count = 0;
    copy->remaps = NULL;
    copy->remap_count = 0;
    if (copy_texts(copy) && copy_startup(copy, options) && copy_remaps(copy, options)) {
        return RC_OK;
    }
    rc_options_free(copy);
    return RC_NOMEM;
}

void rc_options_free(rc_options *options)
{
    char **texts[TEXTS];
    list_texts(options, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        rc_free_secret(*texts[i]); /* two of them are passwords, and none is long */
    }
    for (size_t i = 0; i < options->startup_count; i++) {
        rc_free(options->startup[i].host);
    }
    for (size_t i = 0; i < options->remap_count; i++) {
        rc_free(options->remaps[i].from_host);
        rc_free(options->remaps[i].to_host);
    }
    rc_free(options->startup);
    rc_free(options->remaps);
    *options = (rc_options){0};
}
