/*
 * session_fixture: one session with one scripted node, and the replies of its exchanges.
 */
#ifndef SESSION_FIXTURE_H
#define SESSION_FIXTURE_H

#include "nodes.h"

#include "core/session/session.h"

typedef struct session_fixture {
    nodes nodes;
    rc_session *session;
    rc_exchange x;
    rc_reply_tree tree;
    rc_error error;
} session_fixture;

/* session_fixture_prepare starts the node and the client, without a session. */
void session_fixture_prepare(session_fixture *self);

/* session_fixture_start does the same and opens the session. */
void session_fixture_start(session_fixture *self);

/* session_fixture_stop frees the session and the client, and ends the node. */
void session_fixture_stop(session_fixture *self);

/* session_fixture_node is the scripted node, which the fixture owns. */
server *session_fixture_node(session_fixture *self);

/* session_fixture_open opens the session, blocks until it is, and gives how that went. */
rc_status session_fixture_open(session_fixture *self);

/* session_fixture_exchange sends a word, or nothing if it is NULL, and waits for so many replies.
 */
rc_status session_fixture_exchange(session_fixture *self, const char *word, size_t replies,
                                   rc_msec timeout);

/* session_fixture_expect demands these replies of the last exchange, all of them. */
void session_fixture_expect(const session_fixture *self, const char *expected);

/* session_fixture_ask makes an exchange that must succeed, and demands these replies. */
void session_fixture_ask(session_fixture *self, const char *word, size_t replies,
                         const char *expected);

/* session_fixture_receive waits for one reply without sending anything, and demands this one. */
void session_fixture_receive(session_fixture *self, const char *expected);

#endif
