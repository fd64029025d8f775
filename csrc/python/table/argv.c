#include "python/table/argv.h"

#include "core/base/crc16.h"

#include <math.h>
#include <string.h>

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

/* says compares a word with a text in capitals, without regard to case, as servers do. */
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

/* number_of is 0 for what is no number: the server refuses it. */
static size_t number_of(const Word *word)
{
    size_t number = 0;
    for (size_t i = 0; i < word->length; i++) {
        if (word->data[i] < '0' || word->data[i] > '9' || number > UINT32_MAX) {
            return 0;
        }
        number = number * 10 + (size_t)(word->data[i] - '0');
    }
    return number;
}

static size_t count_words(const rc_batch *batch, size_t index)
{
    const char *cursor = NULL;
    Word word;
    size_t count = 0;
    while (rc_batch_next_argument(batch, index, &cursor, &word.data, &word.length)) {
        count++;
    }
    return count;
}

/* ---- numbers with a fraction ---- */

static bool is_digit(const Word *word, size_t place)
{
    return place < word->length && word->data[place] >= '0' && word->data[place] <= '9';
}

/* read_digits reads on from *place, and moves it; *scale is what the next digit is worth. */
static double read_digits(const Word *word, size_t *place, double value, double *scale)
{
    for (; is_digit(word, *place); ++*place) {
        value = value * 10 + (word->data[*place] - '0');
        *scale /= 10;
    }
    return value;
}

/* exponent_at reads e+5 at *place; 1 if there is none, NAN if it has no digits. */
static double exponent_at(const Word *word, size_t *place)
{
    if (*place == word->length || upper(word->data[*place]) != 'E') {
        return 1;
    }
    ++*place;
    bool negative = *place < word->length && word->data[*place] == '-';
    *place += negative || (*place < word->length && word->data[*place] == '+');
    if (!is_digit(word, *place)) {
        return NAN;
    }
    double unused = 1;
    double exponent = read_digits(word, place, 0, &unused);
    return pow(10, negative ? -exponent : exponent);
}

/*
 * decimal_of reads 12, -0.5 and 1.5e3, in no locale; NAN for anything else. Beyond what a double
 * holds it is infinite.
 */
static double decimal_of(const Word *word)
{
    bool negative = word->length > 0 && word->data[0] == '-';
    size_t place = negative || (word->length > 0 && word->data[0] == '+');
    size_t first = place;
    double scale = 1;
    double value = read_digits(word, &place, 0, &scale);
    scale = 1;
    if (place < word->length && word->data[place] == '.') {
        first++;
        place++;
        value = read_digits(word, &place, value, &scale);
    }
    if (place == first) {
        return NAN;
    }
    value *= scale * exponent_at(word, &place);
    return place < word->length ? NAN : negative ? -value : value;
}

/* ---- keys ---- */

/* place_behind is the place after `keyword`, looked for from `from` on; 0: it is not there. */
static size_t place_behind(const rc_batch *batch, size_t index, size_t from, const char *keyword)
{
    const char *cursor = NULL;
    Word word;
    for (size_t i = 0; rc_batch_next_argument(batch, index, &cursor, &word.data, &word.length);
         i++) {
        if (i >= from && says(&word, keyword)) {
            return i + 1;
        }
    }
    return 0;
}

static size_t first_key(const rc_batch *batch, size_t index, const KeyPlace *place)
{
    return place->key >= 0 ? (size_t)place->key
                           : place_behind(batch, index, (size_t)place->from, place->word);
}

bool argv_slot(const rc_batch *batch, size_t index, const KeyPlace *place, uint16_t *slot)
{
    Word word;
    *slot = RC_NO_SLOT;
    if (place->key == 0 ||
        (place->count > 0 && word_at(batch, index, (size_t)place->count, &word) &&
         says(&word, "0"))) {
        return true;
    }
    size_t first = first_key(batch, index, place);
    bool found = first > 0 && word_at(batch, index, first, &word);
    if (found) {
        *slot = rc_key_slot(word.data, word.length);
    }
    return found;
}

/* wait_word finds the word that says how long the command blocks. */
static bool wait_word(const rc_batch *batch, size_t index, const WaitPlace *place, Word *word)
{
    if (place->at != 0) {
        size_t at = place->at > 0 ? (size_t)place->at : count_words(batch, index) - 1;
        return word_at(batch, index, at, word);
    }
    size_t at = place_behind(batch, index, (size_t)place->from, place->word);
    size_t stop = place_behind(batch, index, (size_t)place->from, place->stop);
    return at > 0 && at < stop && word_at(batch, index, at, word);
}

rc_msec argv_wait(const rc_batch *batch, size_t index, const WaitPlace *place)
{
    const double lifetime = 1e12; /* milliseconds */
    Word word;
    double wait = wait_word(batch, index, place, &word) ? decimal_of(&word) * place->unit : NAN;
    if (!(wait >= 0)) {
        return 0;
    }
    return wait == 0 || wait > lifetime ? RC_NEVER : (rc_msec)ceil(wait);
}

uint16_t argv_other_slot(const rc_batch *batch, size_t index, const KeyPlace *place)
{
    Word word;
    size_t first = first_key(batch, index, place);
    size_t keys = 0;
    size_t step = (size_t)place->step;
    if (place->count > 0 && word_at(batch, index, (size_t)place->count, &word)) {
        keys = number_of(&word);
    } else if (place->word != NULL && first > 0) {
        keys = (count_words(batch, index) - first) / 2; /* STREAMS, the keys, then their ids */
    }
    const char *cursor = NULL;
    uint16_t slot = RC_NO_SLOT;
    for (size_t i = 0; i < first + keys * step &&
                       rc_batch_next_argument(batch, index, &cursor, &word.data, &word.length);
         i++) {
        bool key = i >= first && (i - first) % step == 0;
        uint16_t found = key ? rc_key_slot(word.data, word.length) : slot;
        if (slot != RC_NO_SLOT && found != slot) {
            return found;
        }
        slot = found;
    }
    return RC_NO_SLOT;
}
