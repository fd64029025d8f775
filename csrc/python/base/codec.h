/*
 * codec: how texts become bytes for the wire, and replies become texts.
 */
#ifndef RC_PYTHON_CODEC_H
#define RC_PYTHON_CODEC_H

#include <stdbool.h>

/* The strings belong to the cluster object. */
typedef struct Codec {
    const char *encoding;
    const char *errors;
    bool plain_utf8; /* UTF-8 and strict: CPython's own fast path */
    bool decode;     /* replies are str, not bytes */
} Codec;

#endif
