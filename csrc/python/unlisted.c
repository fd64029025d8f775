#include "unlisted.h"

#include <string.h>

#include "core/crc16.h"

/* ---- words of a command ---- */

typedef struct Word {
    const char *data;
    size_t length;
} Word;

/* word_at finds the argument at `place`; 0 is the name's first word. */
static bool word_at(const rc_batch *batch, size_t index, size_t place, Word *word)
{
    const char *cursor = NULL;
    for (size_t i = 0; rc_batch_next_argument(batch, index, &cursor, &word->data, &word->length);
         i++) {
        if (i == place) {
            return true;
        }
    }
    return false;
}

static char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

/* says compares with a text in capitals, in any case and no locale, as servers do. */
static bool says(const Word *word, const char *text)
{
    if (word->length != strlen(text)) {
        return false;
    }
    for (size_t i = 0; i < word->length; i++) {
        if (upper(word->data[i]) != text[i]) {
            return false;
        }
    }
    return true;
}

/* The first two words of a command, which may be its name. */
typedef struct Name {
    Word words[2];
} Name;

static Name name_of(const rc_batch *batch, size_t index)
{
    Name name;
    for (size_t i = 0; i < 2; i++) {
        if (!word_at(batch, index, i, &name.words[i])) {
            name.words[i] = (Word){"", 0};
        }
    }
    return name;
}

/* is_named: a name in the tables below is of one word or two. */
static bool is_named(const Name *name, const char *const texts[2])
{
    return says(&name->words[0], texts[0]) && (texts[1] == NULL || says(&name->words[1], texts[1]));
}

/* ---- connections ---- */

/* What needs a connection of its own has a method for it, or no place in a cluster's client. */
static const char *const takers[][2] = {
    {"ASKING"}, {"AUTH"},    {"CLIENT", "REPLY"}, {"CLIENT", "TRACKING"},
    {"HELLO"},  {"MONITOR"}, {"MULTI"},           {"PSUBSCRIBE"},
    {"PSYNC"},  {"QUIT"},    {"READONLY"},        {"READWRITE"},
    {"RESET"},  {"SELECT"},  {"SSUBSCRIBE"},      {"SUBSCRIBE"},
    {"SYNC"},   {"WATCH"},
};

bool unlisted_takes_over(const rc_batch *batch, size_t index)
{
    Name name = name_of(batch, index);
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        if (is_named(&name, takers[i])) {
            return true;
        }
    }
    return false;
}

/* ---- keys ---- */

typedef struct KeyPlace {
    const char *const name[2];
    size_t key;          /* where the first key stands; with `keyword`, where to look for that */
    size_t count;        /* where the number of keys stands, if the command has one */
    const char *keyword; /* the first key is behind this word */
} KeyPlace;

/* Of all others the first key is the first argument. */
static const KeyPlace places[] = {
    {{"BITOP"}, 3, 0, NULL},
    {{"BLMPOP"}, 3, 2, NULL},
    {{"BZMPOP"}, 3, 2, NULL},
    {{"DEBUG", "OBJECT"}, 2, 0, NULL},
    {{"EVAL"}, 3, 2, NULL},
    {{"EVALSHA"}, 3, 2, NULL},
    {{"EVALSHA_RO"}, 3, 2, NULL},
    {{"EVAL_RO"}, 3, 2, NULL},
    {{"FCALL"}, 3, 2, NULL},
    {{"FCALL_RO"}, 3, 2, NULL},
    {{"LMPOP"}, 2, 1, NULL},
    {{"MEMORY", "USAGE"}, 2, 0, NULL},
    {{"OBJECT"}, 2, 0, NULL},
    {{"SINTERCARD"}, 2, 1, NULL},
    {{"XGROUP"}, 2, 0, NULL},
    {{"XINFO"}, 2, 0, NULL},
    {{"XREAD"}, 1, 0, "STREAMS"},
    {{"XREADGROUP"}, 4, 0, "STREAMS"}, /* behind GROUP and two names, which may be any word */
    {{"ZDIFF"}, 2, 1, NULL},
    {{"ZINTER"}, 2, 1, NULL},
    {{"ZINTERCARD"}, 2, 1, NULL},
    {{"ZMPOP"}, 2, 1, NULL},
    {{"ZUNION"}, 2, 1, NULL},
};
static const KeyPlace first_argument = {{NULL}, 1, 0, NULL};
/* MIGRATE host port key db timeout; several keys stand at the end, and the first one is empty. */
static const KeyPlace migrate_one = {{"MIGRATE"}, 3, 0, NULL};
static const KeyPlace migrate_many = {{"MIGRATE"}, 6, 0, "KEYS"};

static const KeyPlace *place_of(const rc_batch *batch, size_t index)
{
    Name name = name_of(batch, index);
    Word third;
    if (is_named(&name, migrate_one.name)) {
        bool many = word_at(batch, index, migrate_one.key, &third) && third.length == 0;
        return many ? &migrate_many : &migrate_one;
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (is_named(&name, places[i].name)) {
            return &places[i];
        }
    }
    return &first_argument;
}

/* find_behind finds the argument behind `keyword`, which stands at `from` or later. */
static bool find_behind(const rc_batch *batch, size_t index, size_t from, const char *keyword,
                        Word *word)
{
    const char *cursor = NULL;
    bool found = false;
    for (size_t i = 0; rc_batch_next_argument(batch, index, &cursor, &word->data, &word->length);
         i++) {
        if (found) {
            return true;
        }
        found = i >= from && says(word, keyword);
    }
    return false;
}

bool unlisted_slot(const rc_batch *batch, size_t index, uint16_t *slot)
{
    const KeyPlace *place = place_of(batch, index);
    Word word;
    *slot = RC_NO_SLOT;
    if (place->count > 0 && word_at(batch, index, place->count, &word) && says(&word, "0")) {
        return true;
    }
    bool found = place->keyword == NULL
                     ? word_at(batch, index, place->key, &word)
                     : find_behind(batch, index, place->key, place->keyword, &word);
    if (found) {
        *slot = rc_key_slot(word.data, word.length);
    }
    return found;
}
