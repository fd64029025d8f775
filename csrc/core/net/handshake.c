#include "core/net/handshake.h"

#include "core/resp/encode.h"

#include <ctype.h>
#include <stdio.h>

enum { COMMANDS_MAX = 4, WORDS_MAX = 3 };

/* One command of the handshake: its name in messages, and its words. */
typedef struct handshake_command {
    const char *name;
    const char *words[WORDS_MAX];
    size_t count;
    char number[16]; /* of a database, as one of the words */
} handshake_command;

/* list_commands gives the commands that the options ask for; at most COMMANDS_MAX. */
static unsigned list_commands(const rc_options *options, bool readonly, handshake_command *commands)
{
    unsigned count = 0;
    if (options->password != NULL && options->username != NULL) {
        commands[count++] = (handshake_command){
            .name = "AUTH", .words = {"AUTH", options->username, options->password}, .count = 3};
    } else if (options->password != NULL) {
        commands[count++] =
            (handshake_command){.name = "AUTH", .words = {"AUTH", options->password}, .count = 2};
    }
    if (options->client_name != NULL) {
        commands[count++] =
            (handshake_command){.name = "CLIENT SETNAME",
                                .words = {"CLIENT", "SETNAME", options->client_name},
                                .count = 3};
    }
    if (options->database != 0) {
        handshake_command *select = &commands[count++];
        *select =
            (handshake_command){.name = "SELECT", .words = {"SELECT", select->number}, .count = 2};
        snprintf(select->number, sizeof select->number, "%d", options->database);
    }
    if (readonly) {
        commands[count++] =
            (handshake_command){.name = "READONLY", .words = {"READONLY"}, .count = 1};
    }
    return count;
}

static rc_status write_command(rc_buffer *buffer, const handshake_command *command)
{
    rc_status status = rc_encode_header(buffer, command->count);
    for (size_t i = 0; i < command->count && status == RC_OK; i++) {
        status = rc_encode_bulk(buffer, command->words[i], strlen(command->words[i]));
    }
    return status;
}

/* reserve makes room for all commands: a buffer that grows would leave a password in the heap. */
static rc_status reserve(rc_buffer *buffer, const handshake_command *commands, unsigned count)
{
    size_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        length += RC_HEADER_MAX;
        for (size_t j = 0; j < commands[i].count; j++) {
            length += RC_HEADER_MAX + strlen(commands[i].words[j]) + 2;
        }
    }
    return length > 0 && rc_buffer_reserve(buffer, length) == NULL ? RC_NOMEM : RC_OK;
}

rc_status rc_handshake_write(const rc_options *options, bool readonly, rc_buffer *buffer,
                             unsigned *count)
{
    handshake_command commands[COMMANDS_MAX];
    *count = list_commands(options, readonly, commands);
    rc_status status = reserve(buffer, commands, *count);
    for (unsigned i = 0; i < *count && status == RC_OK; i++) {
        status = write_command(buffer, &commands[i]);
    }
    return status;
}

/* ---- what is not an error ---- */

static const char *kind_of(rc_item_type type)
{
    switch (type) {
    case RC_ITEM_STRING:
        return "a string";
    case RC_ITEM_STATUS:
        return "another status";
    case RC_ITEM_INTEGER:
        return "an integer";
    case RC_ITEM_NIL:
        return "nil";
    case RC_ITEM_ARRAY:
        return "an array";
    case RC_ITEM_DROPPED:
        return "a reply that is too large";
    case RC_ITEM_ERROR:
        break;
    }
    return "an error";
}

rc_status rc_expect_ok(const rc_reply_tree *tree, size_t position, const char *command,
                       rc_error *error)
{
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (item->type == RC_ITEM_STATUS && rc_reply_tree_is_text(tree, item, "OK")) {
        return RC_OK;
    }
    return rc_error_set(error, RC_PROTOCOL, "%s was answered with %s instead of +OK", command,
                        kind_of(item->type));
}

/* ---- refusals ---- */

/*
 * What servers say to credentials that they do not accept. These texts are the servers' own to the
 * last word, so they can be shown.
 */
static const char *const known_refusals[] = {
    "WRONGPASS invalid username-password pair or user is disabled.",
    "WRONGPASS invalid username-password pair",
    "ERR invalid password",
    "ERR Client sent AUTH, but no password is set",
    ("ERR AUTH <password> called without any password configured for the default user. Are you "
     "sure your configuration is correct?"),
    "ERR wrong number of arguments for 'auth' command",
    "NOAUTH Authentication required.",
    "NOPERM this user has no permissions to run the 'auth' command",
    "ERR max number of clients reached",
    "LOADING Redis is loading the dataset in memory",
    "LOADING Valkey is loading the dataset in memory",
};

static bool is_known(const char *text)
{
    for (size_t i = 0; i < sizeof known_refusals / sizeof *known_refusals; i++) {
        if (strcmp(text, known_refusals[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* of_credentials tells a refused password from other refusals by how the text begins. */
static bool of_credentials(const char *text)
{
    static const char *const beginnings[] = {
        "WRONGPASS",
        "NOAUTH",
        "NOPERM",
        "ERR AUTH",
        "ERR invalid password",
        "ERR Client sent AUTH",
        "ERR wrong number of arguments for 'auth'",
    };
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* code_length is the length of the word in capitals that an error begins with; 0: there is none. */
static size_t code_length(const char *text)
{
    size_t length = 0;
    while (isupper((unsigned char)text[length])) {
        length++;
    }
    return text[length] == ' ' || text[length] == '\0' ? length : 0;
}

bool rc_repeats_password(const rc_options *options, const char *text)
{
    const char *password = options->password;
    return password != NULL && password[0] != '\0' && strstr(text, password) != NULL;
}

/*
 * may_show: a server that does not know AUTH repeats its arguments, and more than one program in
 * front of a server repeats everything. So of what is said to AUTH only the servers' own texts are
 * shown; to another command, what does not have the password in it.
 */
static bool may_show(const char *text, const char *name, const char *password)
{
    if (is_known(text)) {
        return true;
    }
    bool secret = password != NULL && password[0] != '\0';
    return strcmp(name, "AUTH") != 0 && !(secret && strstr(text, password) != NULL);
}

/* may_show_code: the word that an error begins with, unless it has to do with the password. */
static bool may_show_code(const char *code, const char *password)
{
    return code[0] != '\0' && (password == NULL || password[0] == '\0' ||
                               (strstr(code, password) == NULL && strstr(password, code) == NULL));
}

/* remark says what a refusal is about, where the server's words do not. */
static const char *remark(const char *name)
{
    return strcmp(name, "SELECT") != 0
               ? ""
               : " (db: a cluster has database 0 alone, unless cluster-databases of Valkey 9 says "
                 "that there are more)";
}

static rc_status refused(const char *text, const char *name, const char *password, rc_error *error)
{
    rc_status status = of_credentials(text) ? RC_AUTH : RC_CONNECT;
    if (may_show(text, name, password)) {
        return rc_error_set(error, status, "%s was refused: %s%s", name, text, remark(name));
    }
    char code[32];
    snprintf(code, sizeof code, "%.*s", (int)code_length(text), text);
    return rc_error_set(error, status,
                        "%s was refused%s%s (the rest of the server's text is not shown, as it "
                        "may repeat the password)",
                        name, may_show_code(code, password) ? ": " : "",
                        may_show_code(code, password) ? code : "");
}

rc_status rc_handshake_check(const rc_options *options, bool readonly, unsigned number,
                             const rc_reply_tree *tree, size_t position, rc_error *error)
{
    handshake_command commands[COMMANDS_MAX];
    list_commands(options, readonly, commands);
    const char *name = commands[number].name;
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (item->type == RC_ITEM_ERROR) {
        return refused(rc_reply_tree_text(tree, item), name, options->password, error);
    }
    return rc_expect_ok(tree, position, name, error);
}
