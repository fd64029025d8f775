/*
 * handshake: what a new connection says before anything else, and what counts as the answer.
 *
 * AUTH, CLIENT SETNAME, SELECT and READONLY, as far as the options ask for them. A reply to a
 * command that the core sends on its own account counts only if it is exactly +OK: anything else is
 * not the server that the client believes to talk to. Pure: no I/O, no state.
 */
#ifndef RC_HANDSHAKE_H
#define RC_HANDSHAKE_H

#include "core/base/options.h"
#include "core/resp/reply_tree.h"

/*
 * rc_handshake_write appends the commands to the buffer, in one allocation, and counts them. The
 * caller wipes them (rc_buffer_free_secret): they hold the password.
 */
rc_status rc_handshake_write(const rc_options *options, bool readonly, rc_buffer *buffer,
                             unsigned *count);

/*
 * rc_handshake_check judges the reply at `position` of the reply tree, to the command of that
 * number (from 0). RC_AUTH: the credentials were refused; RC_CONNECT: something else was;
 * RC_PROTOCOL: it is no answer to such a command. *error names the command, and shows nothing of
 * the password, whatever the server says.
 */
rc_status rc_handshake_check(const rc_options *options, bool readonly, unsigned number,
                             const rc_reply_tree *tree, size_t position, rc_error *error);

/*
 * rc_repeats_password: the text of a server has the password in it, so it must not be shown: more
 * than one program in front of a server repeats what it was sent.
 */
bool rc_repeats_password(const rc_options *options, const char *text);

/*
 * rc_expect_ok is RC_OK for a reply that is exactly +OK, RC_PROTOCOL for any other that is no
 * error; *error then names the command and says of what kind the reply is. An error reply is the
 * caller's to judge.
 */
rc_status rc_expect_ok(const rc_reply_tree *tree, size_t position, const char *command,
                       rc_error *error);

#endif
