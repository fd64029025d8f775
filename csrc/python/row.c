#include "row.h"

#include "special.h"

/* ---- the table's text ---- */

typedef struct Source {
    const char *method;
    const char *wire;
    const char *reply;
    Route route;
    Merge merge;
    unsigned flags;
    const char *params;
    const char *encoding;
} Source;

#define READ ROW_READ
#define REFUSED ROW_REFUSED
#define ONE_KEY ROW_ONE_KEY
#define PAIRS ROW_PAIRS
static const Source sources[ROW_COUNT] = {
#define COMMAND(method, wire, reply, route, merge, flags, params, encoding, doc)                   \
    {#method, wire, reply, ROUTE_##route, MERGE_##merge, flags, params, encoding},
#include "commands.def"
#undef COMMAND
};
#undef READ
#undef REFUSED
#undef ONE_KEY
#undef PAIRS

/* ---- compiling ---- */

typedef struct Compiler {
    Row *row;
    const char *place;
} Compiler;

static int fault(const Compiler *self, const char *what, const char *word, size_t length)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    PyErr_Format(PyExc_ImportError, "commands.def, row %s: %s '%s'", self->row->method, what, text);
    return -1;
}

/* next_word finds the next stretch without separators; NULL at the end. */
static const char *next_word(const char **place, const char *separators, size_t *length)
{
    const char *word = *place + strspn(*place, separators);
    *length = strcspn(word, separators);
    *place = word + *length;
    return *length == 0 ? NULL : word;
}

static PyObject *parse_fallback(const Compiler *self, const char *text, size_t length)
{
    PyObject *source = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
    PyObject *globals = source == NULL ? NULL : PyDict_New();
    PyObject *value = NULL;
    if (globals != NULL &&
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0) {
        value = PyRun_String(PyUnicode_AsUTF8(source), Py_eval_input, globals, globals);
    }
    Py_XDECREF(globals);
    Py_XDECREF(source);
    if (value == NULL) {
        fault(self, "a default that Python does not understand", text, length);
    }
    return value;
}

static int name_param(Param *param, const char *text, size_t length)
{
    param->name = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
    if (param->name == NULL) {
        return -1;
    }
    PyUnicode_InternInPlace(&param->name);
    param->text = PyUnicode_AsUTF8(param->name);
    return param->text == NULL ? -1 : 0;
}

static int add_param(Compiler *self, const char *word, size_t length)
{
    Row *row = self->row;
    if (length > 1 && word[0] == '*') {
        row->kwargs |= word[1] == '*';
        row->varargs |= word[1] != '*';
        return word[1] == '*' ? 0 : name_param(&row->rest, word + 1, length - 1);
    }
    if (row->param_count == ROW_PARAMS_MAX) {
        return fault(self, "too many parameters at", word, length);
    }
    const char *equals = memchr(word, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - word);
    Param *param = &row->params[row->param_count++];
    if (name_param(param, word, name_length) != 0) {
        return -1;
    }
    row->positional = row->param_count;
    if (equals == NULL) {
        row->required++;
        return 0;
    }
    param->fallback = parse_fallback(self, equals + 1, length - name_length - 1);
    return param->fallback == NULL ? -1 : 0;
}

static int compile_params(Compiler *self, const char *params)
{
    size_t length;
    for (const char *word; (word = next_word(&params, ", ", &length)) != NULL;) {
        if (add_param(self, word, length) != 0) {
            return -1;
        }
    }
    return 0;
}

/* encode_words makes "CONFIG GET" two bulk strings. */
static char *encode_words(const char *text, size_t length, size_t *encoded_length, size_t *words)
{
    rc_buffer buffer = {0};
    const char *end = text + length;
    *words = 0;
    for (const char *word = text; word < end;) {
        const char *space = memchr(word, ' ', (size_t)(end - word));
        const char *stop = space == NULL ? end : space;
        if (rc_encode_bulk(&buffer, word, (size_t)(stop - word)) != RC_OK) {
            rc_buffer_free(&buffer);
            PyErr_NoMemory();
            return NULL;
        }
        ++*words;
        word = stop + 1;
    }
    *encoded_length = buffer.length;
    return buffer.data;
}

static int find_param(const Compiler *self, const char *name, size_t length)
{
    for (int i = 0; i < self->row->param_count; i++) {
        const char *known = self->row->params[i].text;
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static int set_unit(const Compiler *self, Op *op, const char *text, size_t length)
{
    static const char *const units[] = {"", "s", "ms", "unix", "unixms"};
    for (int i = UNIT_SECONDS; i <= UNIT_UNIX_MILLIS; i++) {
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0) {
            op->unit = (TimeUnit)i;
            return 0;
        }
    }
    return fault(self, "no such unit", text, length);
}

/* set_option reads the digit behind '^', which has to be one bit. */
static int set_option(const Compiler *self, Op *op, const char *text, size_t length)
{
    unsigned bit = length == 1 && text[0] >= '1' && text[0] <= '9' ? (unsigned)(text[0] - '0') : 0;
    if (bit == 0 || (bit & (bit - 1)) != 0 || bit >= 1u << ROW_OPTION_BITS) {
        return fault(self, "no such option bit", text, length);
    }
    op->option = (uint8_t)bit;
    return 0;
}

/* set_param reads name[:unit][^option]. */
static int set_param(const Compiler *self, Op *op, const char *text, size_t length)
{
    const char *option = memchr(text, '^', length);
    if (option != NULL) {
        size_t bit_at = (size_t)(option - text) + 1;
        if (set_option(self, op, text + bit_at, length - bit_at) != 0) {
            return -1;
        }
        length = bit_at - 1;
    }
    const char *unit = memchr(text, ':', length);
    if (unit != NULL) {
        if (set_unit(self, op, unit + 1, (size_t)(text + length - unit - 1)) != 0) {
            return -1;
        }
        length = (size_t)(unit - text);
    }
    int param = find_param(self, text, length);
    if (param < 0) {
        return fault(self, "no such parameter", text, length);
    }
    op->param = (uint8_t)param;
    return 0;
}

static int set_literal(Op *op, const char *word, size_t length)
{
    size_t words;
    op->word = rc_copy_text(word, length);
    op->encoded = encode_words(word, length, &op->encoded_length, &words);
    if (op->word == NULL || op->encoded == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* compile_literal reads WORD, WORD=name and WORD!name. */
static int compile_literal(const Compiler *self, Op *op, const char *word, size_t length)
{
    size_t literal = strcspn(word, "=! ");
    if (literal >= length) {
        op->kind = OP_LITERAL;
        return set_literal(op, word, length);
    }
    op->kind = word[literal] == '=' ? OP_OPTION : OP_FLAG;
    return set_literal(op, word, literal) != 0
               ? -1
               : set_param(self, op, word + literal + 1, length - literal - 1);
}

static int compile_special(const Compiler *self, Op *op, const char *word, size_t length)
{
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)length - 1, word + 1);
    op->kind = OP_SPECIAL;
    op->special = special_function(name);
    return op->special == NULL ? fault(self, "no such special", word, length) : 0;
}

static int compile_word(const Compiler *self, Op *op, const char *word, size_t length)
{
    op->param = ROW_PARAMS_MAX; /* none */
    op->key = word[0] == '@';
    word += op->key;
    length -= op->key;
    switch (word[0]) {
    case '&':
        return compile_special(self, op, word, length);
    case '*':
        op->kind = OP_VALUES;
        return 0;
    case '?':
        op->kind = OP_OPTIONAL;
        return set_param(self, op, word + 1, length - 1);
    case '%':
        op->kind = OP_PAIRS;
        return set_param(self, op, word + 1, length - 1);
    case '~':
        op->kind = OP_SCORES;
        return set_param(self, op, word + 1, length - 1);
    default:
        break;
    }
    if (word[0] >= 'A' && word[0] <= 'Z') {
        return compile_literal(self, op, word, length);
    }
    op->kind = word[length - 1] == '+' ? OP_LIST : OP_VALUE;
    return set_param(self, op, word, length - (op->kind == OP_LIST));
}

/* find_key: the first key's place is known when each word before it writes exactly one argument. */
static int find_key(const Row *row)
{
    int at = (int)row->prefix_words;
    for (int i = 0; i < row->op_count; i++) {
        const Op *op = &row->ops[i];
        if (op->key) {
            return at;
        }
        if (op->kind == OP_VALUE || op->kind == OP_LITERAL) {
            at++;
        } else if (op->kind != OP_SPECIAL) {
            return -1;
        }
    }
    return row->route == ROUTE_SPLIT ? at : 0;
}

static int compile_encoding(Compiler *self, const char *encoding)
{
    size_t length;
    for (const char *word; (word = next_word(&encoding, " ", &length)) != NULL;) {
        Row *row = self->row;
        if (row->op_count == ROW_OPS_MAX) {
            return fault(self, "too many words at", word, length);
        }
        if (compile_word(self, &row->ops[row->op_count++], word, length) != 0) {
            return -1;
        }
    }
    return 0;
}

static int find_reply(const Compiler *self, State *state, const char *name)
{
    Row *row = self->row;
    row->reply = reply_function(name);
    if (row->reply != NULL) {
        return 0;
    }
    row->python_reply = PyObject_GetAttrString(state->replies, name);
    return row->python_reply == NULL ? fault(self, "no such reply", name, strlen(name)) : 0;
}

static int compile(State *state, Row *row, const Source *source)
{
    Compiler self = {.row = row};
    row->method = source->method;
    row->wire = source->wire;
    row->name = source->reply;
    row->route = source->route;
    row->merge = source->merge;
    row->flags = source->flags;
    row->prefix =
        encode_words(source->wire, strlen(source->wire), &row->prefix_length, &row->prefix_words);
    if (row->prefix == NULL || find_reply(&self, state, source->reply) != 0 ||
        compile_params(&self, source->params) != 0 ||
        compile_encoding(&self, source->encoding) != 0) {
        return -1;
    }
    row->key_at = find_key(row);
    return 0;
}

/* index_row: the first row of a wire name speaks for it (INCRBY: incr and incrby are alike). */
static int index_row(State *state, int number)
{
    PyObject *key = PyUnicode_FromString(state->rows[number].wire);
    PyObject *value = PyLong_FromLong(number);
    int result = key == NULL || value == NULL ? -1 : 0;
    if (result == 0 && PyDict_SetDefault(state->row_numbers, key, value) == NULL) {
        result = -1;
    }
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

int rows_compile(State *state)
{
    state->rows = rc_alloc_zeroed(ROW_COUNT * sizeof *state->rows);
    state->row_numbers = PyDict_New();
    if (state->rows == NULL || state->row_numbers == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        if (compile(state, &state->rows[i], &sources[i]) != 0 || index_row(state, i) != 0) {
            return -1;
        }
    }
    return 0;
}

int rows_traverse(const State *state, visitproc visit, void *arg)
{
    for (int i = 0; state->rows != NULL && i < ROW_COUNT; i++) {
        const Row *row = &state->rows[i];
        for (int j = 0; j < row->param_count; j++) {
            Py_VISIT(row->params[j].fallback);
        }
        Py_VISIT(row->python_reply);
    }
    return 0;
}

static void free_row(Row *row)
{
    for (int i = 0; i < row->param_count; i++) {
        Py_XDECREF(row->params[i].name);
        Py_XDECREF(row->params[i].fallback);
    }
    for (int i = 0; i < row->op_count; i++) {
        rc_free(row->ops[i].word);
        rc_free(row->ops[i].encoded);
    }
    Py_XDECREF(row->rest.name);
    Py_XDECREF(row->python_reply);
    rc_free(row->prefix);
}

void rows_free(State *state)
{
    for (int i = 0; state->rows != NULL && i < ROW_COUNT; i++) {
        free_row(&state->rows[i]);
    }
    rc_free(state->rows);
    state->rows = NULL;
}

int row_by_wire_name(State *state, PyObject *name, const Row **row)
{
    /* By hand: a look-up of str.upper would cost more than all of this. */
    enum { LONGEST = 64 };
    char upper[LONGEST];
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    *row = NULL;
    if (text == NULL || length > LONGEST) {
        return text == NULL ? -1 : 0;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        upper[i] = (char)Py_TOUPPER(text[i]);
    }
    PyObject *key = PyUnicode_DecodeUTF8(upper, length, "replace");
    if (key == NULL) {
        return -1;
    }
    PyObject *number = PyDict_GetItemWithError(state->row_numbers, key); /* borrowed */
    Py_DECREF(key);
    *row = number == NULL ? NULL : &state->rows[PyLong_AsLong(number)];
    return number == NULL && PyErr_Occurred() ? -1 : 0;
}

/* ---- the table, for whoever wants to read it ---- */

static const char *const route_names[] = {"key", "split", "any", "nodes", "primaries", "blocked"};
static const char *const merge_names[] = {"none", "dict", "union", "list", "sum", "true"};

static PyObject *describe(const Row *row, const Source *source)
{
    return Py_BuildValue("{ss,ss,ss,ss,ss,sO,sO,ss,ss,si}", "method", row->method, "wire",
                         row->wire, "reply", row->name, "route", route_names[row->route], "merge",
                         merge_names[row->merge], "read",
                         row->flags & ROW_READ ? Py_True : Py_False, "refused",
                         row->flags & ROW_REFUSED ? Py_True : Py_False, "parameters",
                         source->params, "encoding", source->encoding, "key_at", row->key_at);
}

PyObject *rows_describe(State *state)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < ROW_COUNT; i++) {
        PyObject *row = describe(&state->rows[i], &sources[i]);
        if (row == NULL || PyList_Append(list, row) != 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(row);
    }
    return list;
}
