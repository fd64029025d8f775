#include "words.h"

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

/* ---- keys ---- */

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

bool words_slot(const rc_batch *batch, size_t index, const KeyPlace *place, uint16_t *slot)
{
    Word word;
    *slot = RC_NO_SLOT;
    if (place->key == 0 ||
        (place->count > 0 && word_at(batch, index, (size_t)place->count, &word) &&
         says(&word, "0"))) {
        return true;
    }
    bool found = place->key > 0
                     ? word_at(batch, index, (size_t)place->key, &word)
                     : find_behind(batch, index, (size_t)place->from, place->word, &word);
    if (found) {
        *slot = rc_key_slot(word.data, word.length);
    }
    return found;
}
