/* test_handshake: its bytes, and what counts as the answer: +OK, and a refusal that tells no
 * secrets. */
#include "check.h"
#include "text.h"

#include "core/net/handshake.h"
#include "core/resp/reader.h"

static void greets(const rc_options *options, bool readonly, unsigned commands, const char *bytes)
{
    rc_buffer buffer = {0};
    unsigned count = 99;
    CHECK_STATUS(rc_handshake_write(options, readonly, &buffer, &count), RC_OK);
    CHECK_INT(count, commands);
    CHECK_INT(buffer.length, strlen(bytes));
    CHECK(buffer.length == 0 || memcmp(buffer.data, bytes, buffer.length) == 0);
    rc_buffer_free(&buffer);
}

#define AUTH "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"
#define USER_AUTH "*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$6\r\nsecret\r\n"
#define SETNAME "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$4\r\nname\r\n"
#define SELECT "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n"
#define READONLY "*1\r\n$8\r\nREADONLY\r\n"

static void the_handshake_is_what_was_asked_for(void)
{
    rc_options options;
    rc_options_default(&options);
    greets(&options, false, 0, "");
    greets(&options, true, 1, READONLY);
    options.password = "secret";
    greets(&options, false, 1, AUTH);
    options.username = "user";
    greets(&options, false, 1, USER_AUTH);
    options.client_name = "name";
    greets(&options, true, 3, USER_AUTH SETNAME READONLY);
    options.database = 12;
    greets(&options, true, 4, USER_AUTH SETNAME SELECT READONLY);
    options.database = 0;
    options.password = NULL; /* a name alone logs nobody in */
    greets(&options, false, 1, SETNAME);
}

static void a_handshake_that_fails_says_so(void)
{
    rc_options options;
    rc_options_default(&options);
    options.username = "user";
    options.password = "secret";
    options.client_name = "name";
    rc_buffer buffer = {0};
    unsigned count;
    fail_begin();
    rc_status status = rc_handshake_write(&options, true, &buffer, &count);
    CHECK_STATUS(status, fail_end() ? RC_NOMEM : RC_OK);
    rc_buffer_free(&buffer);
}

#ifdef RC_TESTING
/* Growth would move the password, and leave a copy behind that nobody wipes. */
static void a_handshake_of_any_length_is_allocated_once(void)
{
    static char secret[5000];
    memset(secret, 'x', sizeof secret - 1);
    rc_options options;
    rc_options_default(&options);
    options.username = options.password = options.client_name = secret;
    rc_buffer buffer = {0};
    unsigned count;
    rc_test_fail_at(2);
    CHECK_STATUS(rc_handshake_write(&options, true, &buffer, &count), RC_OK);
    CHECK(!rc_test_failed());
    rc_test_fail_at(0);
    rc_buffer_free_secret(&buffer);
}
#endif

/* ---- answers ---- */

static rc_options named(const char *password)
{
    rc_options options;
    rc_options_default(&options);
    options.password = (char *)(uintptr_t)password;
    options.client_name = "name";
    return options;
}

/* judge is what rc_handshake_check says to the reply to command `number`: AUTH, SETNAME, READONLY.
 */
static rc_status judge(const char *password, unsigned number, const char *bytes, rc_error *error)
{
    rc_options options = named(password);
    rc_reader reader;
    rc_reply_tree tree = {0};
    size_t start;
    rc_error_clear(error);
    CHECK_STATUS(rc_reader_open(&reader), RC_OK);
    rc_reader_record(&reader, &tree);
    rc_reader_give(&reader, bytes, strlen(bytes));
    CHECK_INT(rc_reader_next(&reader, &start), RC_READING_REPLY);
    rc_status status = rc_handshake_check(&options, true, number, &tree, start, error);
    CHECK(status == RC_OK || error->status == status);
    rc_reader_free(&reader);
    rc_reply_tree_free(&tree);
    return status;
}

static void only_ok_is_an_answer(void)
{
    static const char *const names[] = {"AUTH", "CLIENT SETNAME", "READONLY"};
    static const struct {
        const char *reply;
        const char *kind;
    } others[] = {
        {":0\r\n", "an integer"},
        {":1\r\n", "an integer"},
        {"$-1\r\n", "nil"},
        {"*-1\r\n", "nil"},
        {"*0\r\n", "an array"},
        {"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "an array"},
        {"*1\r\n+OK\r\n", "an array"},
        {"$2\r\nOK\r\n", "a string"},
        {"$0\r\n\r\n", "a string"},
        {"+NO\r\n", "another status"},
        {"+ok\r\n", "another status"},
        {"+OK \r\n", "another status"},
        {"+OKAY\r\n", "another status"},
        {"+\r\n", "another status"},
        {"+secret\r\n", "another status"},
    };
    rc_error error;
    for (unsigned number = 0; number < 3; number++) {
        CHECK_STATUS(judge("secret", number, "+OK\r\n", &error), RC_OK);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            CHECK_STATUS(judge("secret", number, others[i].reply, &error), RC_PROTOCOL);
            CHECK_TEXT(error.message, text_format("%s was answered with %s instead of +OK",
                                                  names[number], others[i].kind));
        }
    }
}

static void refusals_are_told_in_the_servers_words(void)
{
    rc_error error;
    CHECK_STATUS(
        judge("p", 0, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", &error),
        RC_AUTH);
    CHECK_TEXT(error.message,
               "AUTH was refused: WRONGPASS invalid username-password pair or user is disabled.");
    CHECK_STATUS(judge("secret", 1, "-ERR Client names cannot contain spaces\r\n", &error),
                 RC_CONNECT);
    CHECK_TEXT(error.message, "CLIENT SETNAME was refused: ERR Client names cannot contain spaces");
    CHECK_STATUS(judge("secret", 2, "-NOPERM no permissions for 'readonly'\r\n", &error), RC_AUTH);
    CHECK_TEXT(error.message, "READONLY was refused: NOPERM no permissions for 'readonly'");
    CHECK_STATUS(judge("x", 0, "-ERR wrong number of arguments for 'auth' command\r\n", &error),
                 RC_AUTH);
}

/* What a server repeats of the password is shown nowhere, in whatever form it does. */
static void no_refusal_shows_the_password(void)
{
    static const char *const texts[] = {
        "-ERR unknown command 'AUTH', with args beginning with: 'SECRET' \r\n",
        "-ERR unknown command `AUTH`, with args beginning with: `S\\x45CRET`\r\n",
        "-WRONGPASS SECRET is not the password\r\n",
        "-SECRET is wrong\r\n",
        "-SECRET\r\n",
        "-ERR SECR\r\n",
        "-SECR\r\n",
        "-\r\n",
        "-ERR invalid password SECRET\r\n",
    };
    rc_error error;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(judge("SECRET", 0, texts[i], &error) != RC_OK);
        CHECK(strstr(error.message, "CRET") == NULL && strstr(error.message, "SECR") == NULL);
        CHECK_HAS(error.message, "AUTH was refused");
    }
    judge("SECRET", 0, texts[0], &error);
    CHECK_HAS(error.message, "AUTH was refused: ERR (");
    CHECK(judge("SECRET", 1, "-ERR after AUTH SECRET no CLIENT\r\n", &error) == RC_CONNECT);
    CHECK(strstr(error.message, "SECRET") == NULL);
    CHECK_HAS(error.message, "CLIENT SETNAME was refused: ERR (");
    CHECK(judge("", 1, "-ERR nothing to hide\r\n", &error) == RC_CONNECT);
    CHECK_HAS(error.message, "nothing to hide");
}

int main(void)
{
    RUN(the_handshake_is_what_was_asked_for);
    FAIL_EACH(a_handshake_that_fails_says_so);
#ifdef RC_TESTING
    RUN(a_handshake_of_any_length_is_allocated_once);
#endif
    RUN(only_ok_is_an_answer);
    RUN(refusals_are_told_in_the_servers_words);
    RUN(no_refusal_shows_the_password);
    return 0;
}
