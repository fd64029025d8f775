/*
 * party: one session with one scripted node, and what is said in it.
 */
#ifndef PARTY_H
#define PARTY_H

#include "nodes.h"

#include "core/session/session.h"

typedef struct party {
    nodes nodes;
    rc_session *session;
    rc_exchange x;
    rc_reply_tree tree;
    rc_error error;
} party;

void party_begin(party *self); /* without a session yet */
void party_start(party *self);
void party_stop(party *self);
server *party_node(party *self);
rc_status party_open(party *self);

/* party_exchange sends a word, or nothing if it is NULL, and waits for so many replies. */
rc_status party_exchange(party *self, const char *word, size_t replies, rc_msec timeout);

/* party_got compares all that the last exchange has brought; party_says and party_hears make one.
 */
void party_got(const party *self, const char *words);
void party_says(party *self, const char *word, size_t replies, const char *words);
void party_hears(party *self, const char *words);

#endif
