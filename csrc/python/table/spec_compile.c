/*
 * spec_compile: compiles one row of the command table from its texts to a CommandSpec.
 */
#include "python/base/attribute.h"
#include "python/table/command_spec.h"
#include "python/table/custom.h"

#include <stdarg.h>

typedef struct Compiler {
    State *state;
    CommandSpec *spec;
} Compiler;

static int fault(const Compiler *self, const char *what, const char *word, size_t length)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    PyErr_Format(PyExc_ImportError, "commands.def, row %s: %s '%s'", self->spec->method, what,
                 text);
    return -1;
}

/* next_word finds the next stretch without spaces; NULL at the end. */
static const char *next_word(const char **place, size_t *length)
{
    const char *word = *place + strspn(*place, " ");
    *length = strcspn(word, " ");
    *place = word + *length;
    return *length == 0 ? NULL : word;
}

static PyObject *evaluate(PyObject *source)
{
    PyObject *globals = PyDict_New();
    PyObject *value = NULL;
    if (globals != NULL &&
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0) {
        value = PyRun_String(PyUnicode_AsUTF8(source), Py_eval_input, globals, globals);
    }
    Py_XDECREF(globals);
    return value;
}

/* parse_fallback evaluates each text once: hundreds of parameters have None for their default. */
static PyObject *parse_fallback(const Compiler *self, const char *text, size_t length)
{
    PyObject *source = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
    PyObject *value =
        source == NULL ? NULL : PyDict_GetItemWithError(self->state->defaults, source);
    Py_XINCREF(value);
    if (source != NULL && value == NULL && !PyErr_Occurred()) {
        value = evaluate(source);
        if (value != NULL && PyDict_SetItem(self->state->defaults, source, value) != 0) {
            Py_CLEAR(value);
        }
    }
    Py_XDECREF(source);
    if (value == NULL) {
        fault(self, "a default that Python does not understand", text, length);
    }
    return value;
}

/* A parameter's text, "name: type = default", taken apart. */
typedef struct ParamText {
    const char *name;
    size_t name_length;
    const char *type; /* NULL: there is none */
    size_t type_length;
    const char *fallback; /* NULL: there is none */
    size_t fallback_length;
} ParamText;

/* trimmed is the length of the text without the spaces at its end. */
static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    return length;
}

static ParamText take_apart(const char *text, size_t length)
{
    ParamText parts = {.name = text};
    const char *equals = memchr(text, '=', length);
    size_t before = equals == NULL ? length : (size_t)(equals - text);
    const char *colon = memchr(text, ':', before);
    if (equals != NULL) {
        parts.fallback = equals + 1 + strspn(equals + 1, " ");
        parts.fallback_length = (size_t)(text + length - parts.fallback);
    }
    if (colon != NULL) {
        parts.type = colon + 1 + strspn(colon + 1, " ");
        parts.type_length = trimmed(parts.type, (size_t)(text + before - parts.type));
    }
    parts.name_length = trimmed(text, colon == NULL ? before : (size_t)(colon - text));
    return parts;
}

/* fill_param: `params` is where the row's parameters begin. */
static int fill_param(Param *param, const ParamText *text, const char *params)
{
    if (text->type != NULL) {
        param->type = (uint16_t)(text->type - params);
        param->type_length = (uint16_t)text->type_length;
    }
    param->name = PyUnicode_FromStringAndSize(text->name, (Py_ssize_t)text->name_length);
    if (param->name == NULL) {
        return -1;
    }
    PyUnicode_InternInPlace(&param->name);
    param->text = PyUnicode_AsUTF8(param->name);
    return param->text == NULL ? -1 : 0;
}

/* add_starred: *args or **kwargs. */
static int add_starred(CommandSpec *spec, ParamText *text, const char *params)
{
    size_t stars = text->name[1] == '*' ? 2 : 1;
    text->name += stars;
    text->name_length -= stars;
    spec->kwargs |= stars == 2;
    spec->varargs |= stars == 1;
    return fill_param(stars == 2 ? &spec->keywords : &spec->rest, text, params);
}

static int add_param(Compiler *self, ParamText text, const char *params)
{
    CommandSpec *spec = self->spec;
    if (text.name[0] == '*') {
        return add_starred(spec, &text, params);
    }
    if (spec->param_count == SPEC_PARAMS_MAX) {
        return fault(self, "too many parameters at", text.name, text.name_length);
    }
    Param *param = &spec->params[spec->param_count++];
    if (fill_param(param, &text, params) != 0) {
        return -1;
    }
    spec->positional += !spec->varargs;
    if (text.fallback == NULL) {
        spec->required++;
        return 0;
    }
    param->fallback = parse_fallback(self, text.fallback, text.fallback_length);
    return param->fallback == NULL ? -1 : 0;
}

/* Only commands that no key routes take target_nodes. */
static bool is_targeted(Route route)
{
    return route == ROUTE_ANY || route == ROUTE_NODES || route == ROUTE_PRIMARIES ||
           route == ROUTE_BLOCKED;
}

/* param_length is the length of the parameter that begins here: to a comma outside of brackets. */
static size_t param_length(const char *text)
{
    size_t length = 0;
    for (int depth = 0; text[length] != '\0' && (text[length] != ',' || depth > 0); length++) {
        depth += (text[length] == '[') - (text[length] == ']');
    }
    return length;
}

static int compile_params(Compiler *self, const char *params)
{
    const char *place = params;
    while (*(place += strspn(place, ", ")) != '\0') {
        size_t length = param_length(place);
        if (add_param(self, take_apart(place, length), params) != 0) {
            return -1;
        }
        place += length;
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
    for (int i = 0; i < self->spec->param_count; i++) {
        const char *known = self->spec->params[i].text;
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static int set_unit(const Compiler *self, Op *op, const char *text, size_t length)
{
    for (int i = UNIT_SECONDS; i <= UNIT_UNIX_MILLIS; i++) {
        if (strlen(time_unit_names[i]) == length && memcmp(time_unit_names[i], text, length) == 0) {
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
    if (bit == 0 || (bit & (bit - 1)) != 0 || bit >= 1u << SPEC_OPTION_BITS) {
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

static int compile_custom(const Compiler *self, Op *op, const char *word, size_t length)
{
    op->word = rc_copy_text(word + 1, length - 1);
    if (op->word == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    op->kind = OP_CUSTOM;
    op->custom = custom_function(op->word);
    if (op->custom != NULL) {
        return 0;
    }
    op->kind = OP_PYTHON;
    op->python = PyObject_GetAttrString(self->state->arguments_module, op->word);
    return op->python == NULL ? fault(self, "no such custom", word, length) : 0;
}

/* compile_node and compile_extra: the word writes nothing, but the row has to know its parameter.
 */
static int compile_node(const Compiler *self, Op *op, const char *name, size_t length)
{
    op->kind = OP_NODE;
    int result = set_param(self, op, name, length);
    self->spec->node_param = op->param;
    self->spec->targeted = false; /* so target_nodes is not needed */
    return result;
}

static int compile_extra(const Compiler *self, Op *op, const char *name, size_t length)
{
    op->kind = OP_EXTRA;
    int result = set_param(self, op, name, length);
    self->spec->extra_param = op->param;
    return result;
}

/* kind_of_sign is the kind of op that the sign before a parameter's name stands for. */
static bool kind_of_sign(char sign, OpKind *kind)
{
    static const struct {
        char sign;
        OpKind kind;
    } signs[] = {{'?', OP_OPTIONAL}, {'%', OP_PAIRS},   {'~', OP_SCORES},
                 {'=', OP_COUNT},    {'$', OP_COUNTED}, {'#', OP_SLOT}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (signs[i].sign == sign) {
            *kind = signs[i].kind;
            return true;
        }
    }
    return false;
}

/* take_wait cuts off ":wait" or ":waitms", which marks how long the command blocks. */
static size_t take_wait(const Compiler *self, const char *word, size_t length)
{
    static const struct {
        const char *mark;
        int unit;
    } marks[] = {{":wait", 1000}, {":waitms", 1}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t size = strlen(marks[i].mark);
        if (length > size && memcmp(word + length - size, marks[i].mark, size) == 0) {
            self->spec->flags |= SPEC_BLOCKING;
            self->spec->wait.unit = marks[i].unit;
            self->spec->wait.at = self->spec->op_count; /* the op's number, until find_wait */
            return length - size;
        }
    }
    return length;
}

static int compile_word(const Compiler *self, Op *op, const char *word, size_t length)
{
    length = take_wait(self, word, length);
    op->param = SPEC_PARAMS_MAX; /* none */
    op->key = word[0] == '@';
    word += op->key;
    length -= op->key;
    switch (word[0]) {
    case '&':
        return compile_custom(self, op, word, length);
    case '*':
        op->kind = OP_VALUES;
        return 0;
    case '>':
        return compile_node(self, op, word + 1, length - 1);
    case '^':
        return compile_extra(self, op, word + 1, length - 1);
    default:
        break;
    }
    op->counted = word[0] == '$';
    if (op->counted && word[1] == '*') {
        op->counted = false; /* these are no keys */
        op->kind = OP_COUNTED_VALUES;
        return 0;
    }
    if (op->counted && word[1] == '&') {
        return compile_custom(self, op, word + 1, length - 1);
    }
    if (kind_of_sign(word[0], &op->kind)) {
        return set_param(self, op, word + 1, length - 1);
    }
    if (word[0] >= 'A' && word[0] <= 'Z') {
        return compile_literal(self, op, word, length);
    }
    op->kind = word[length - 1] == '+' ? OP_LIST : OP_VALUE;
    return set_param(self, op, word, length - (op->kind == OP_LIST));
}

/* written_by: how many arguments an op writes, if that is always the same; -1 if it is not. */
static int written_by(const Op *op)
{
    switch (op->kind) {
    case OP_VALUE:
    case OP_LITERAL:
    case OP_COUNT:
    case OP_SLOT:
        return 1;
    case OP_NODE:
    case OP_EXTRA:
    case OP_CUSTOM: /* before the first key: it only checks */
        return 0;
    default:
        return -1;
    }
}

/*
 * find_places: the first key's place is known when each word before it always writes the same
 * number of arguments. Where it is not, a literal before the key tells (XREAD ... STREAMS key).
 */
static void find_places(CommandSpec *spec)
{
    int at = (int)spec->prefix_words;
    bool fixed = true;
    for (int i = 0; i < spec->op_count; i++) {
        const Op *op = &spec->ops[i];
        bool counts = op->kind == OP_COUNT || op->counted;
        spec->count_at = fixed && counts ? at : spec->count_at;
        spec->slot_at = fixed && op->kind == OP_SLOT ? at : spec->slot_at;
        if (op->key || op->counted) {
            spec->key_at = fixed ? at + op->counted : -1;
            spec->key_word =
                !fixed && spec->ops[i - 1].kind == OP_LITERAL ? spec->ops[i - 1].word : NULL;
            break;
        }
        fixed = fixed && written_by(op) >= 0;
        at += fixed ? written_by(op) : 0;
    }
    spec->key_from = at;
}

/*
 * find_wait: the word that says how long a command blocks stands behind a word of its own, or comes
 * last, or each word before it always writes the same number of arguments.
 */
static int find_wait(const Compiler *self)
{
    CommandSpec *spec = self->spec;
    int number = spec->wait.at; /* counted from 1 */
    const Op *op = &spec->ops[number - 1];
    spec->wait.at = 0;
    if (op->kind == OP_OPTION) {
        spec->wait.word = op->word;
        spec->wait.from = spec->key_from;
        spec->wait.stop = spec->key_word;
        return spec->key_word != NULL ? 0 : fault(self, "no word ends", op->word, strlen(op->word));
    }
    int at = (int)spec->prefix_words;
    for (int i = 0; i < number - 1 && at > 0; i++) {
        at = written_by(&spec->ops[i]) < 0 ? -1 : at + written_by(&spec->ops[i]);
    }
    spec->wait.at = at;
    return at > 0 || number == spec->op_count ? 0 : fault(self, "no place for the wait of", "", 0);
}

static int compile_encoding(Compiler *self, const char *encoding)
{
    size_t length;
    for (const char *word; (word = next_word(&encoding, &length)) != NULL;) {
        CommandSpec *spec = self->spec;
        if (spec->op_count == SPEC_OPS_MAX) {
            return fault(self, "too many words at", word, length);
        }
        if (compile_word(self, &spec->ops[spec->op_count++], word, length) != 0) {
            return -1;
        }
    }
    return 0;
}

static int find_reply(const Compiler *self, const char *name)
{
    CommandSpec *spec = self->spec;
    spec->name = name;
    spec->reply = reply_function(name);
    if (spec->reply != NULL) {
        return 0;
    }
    spec->python_reply = PyObject_GetAttrString(self->state->replies_module, name);
    if (spec->python_reply == NULL) {
        return fault(self, "no such reply", name, strlen(name));
    }
    PyObject *mark;
    int marked = attribute_find(spec->python_reply, "server_text", &mark);
    spec->server_text = mark == Py_True;
    Py_XDECREF(mark);
    return marked < 0 ? -1 : 0;
}

static int find_merge(const Compiler *self, const char *name)
{
    static const char *const names[] = {"none", "dict", "union", "list", "sum", "true"};
    CommandSpec *spec = self->spec;
    spec->merge_name = name;
    for (int i = MERGE_NONE; i < MERGE_PYTHON; i++) {
        if (strcmp(names[i], name) == 0) {
            spec->merge = (Merge)i;
            return 0;
        }
    }
    spec->merge = MERGE_PYTHON;
    PyObject *merges = PyObject_GetAttrString(self->state->replies_module, "merges");
    spec->python_merge = merges == NULL ? NULL : PyObject_GetAttrString(merges, name);
    Py_XDECREF(merges);
    return spec->python_merge == NULL ? fault(self, "no such merge", name, strlen(name)) : 0;
}

/* ---- the method ---- */

/* print_text is the formatted text in memory of its own; NULL without memory. */
static char *print_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    Py_ssize_t length;
    const char *data = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
    char *copy = data == NULL ? NULL : rc_copy_text(data, (size_t)length);
    Py_XDECREF(text);
    if (copy == NULL && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return copy;
}

/* make_page writes the name of the command's page: "config-get". */
static void make_page(char *page, size_t size, const char *wire)
{
    size_t length = 0;
    for (; wire[length] != '\0' && length + 1 < size; length++) {
        page[length] = wire[length] == ' ' ? '-' : (char)Py_TOLOWER(wire[length]);
    }
    page[length] = '\0';
}

/* site_of: where the command's page is; Valkey has none of what Redis alone has brought since 8.0.
 */
static const char *site_of(const char *since)
{
    bool redis_alone = since[0] >= '8' && since[0] <= '9' && strstr(since, "Valkey") == NULL;
    return redis_alone ? "https://redis.io/docs/latest/commands" : "https://valkey.io/commands";
}

/* sign_param adds ", name=default" to a signature: inspect takes no types there. */
static rc_status sign_param(rc_buffer *signature, const ParamText *text)
{
    rc_status status = rc_buffer_append(signature, ", ", 2);
    if (status == RC_OK) {
        status = rc_buffer_append(signature, text->name, text->name_length);
    }
    if (status == RC_OK && text->fallback != NULL) {
        status = rc_buffer_append(signature, "=", 1);
    }
    return status != RC_OK || text->fallback == NULL
               ? status
               : rc_buffer_append(signature, text->fallback, text->fallback_length);
}

/* sign writes what follows self between the parentheses of a signature, NUL-terminated. */
static rc_status sign(const CommandSpec *spec, const char *params, rc_buffer *signature)
{
    rc_status status = RC_OK;
    while (status == RC_OK && *(params += strspn(params, ", ")) != '\0') {
        size_t length = param_length(params);
        ParamText text = take_apart(params, length);
        status = sign_param(signature, &text);
        params += length;
    }
    const char *targets = !spec->targeted ? ""
                          : spec->varargs ? ", target_nodes=None"
                                          : ", *, target_nodes=None";
    return status != RC_OK ? status : rc_buffer_append(signature, targets, strlen(targets) + 1);
}

/* make_definition: inspect.signature() and help() read the doc, and it is made of the columns. */
static int make_definition(CommandSpec *spec, const SpecSource *source)
{
    char page[64];
    rc_buffer signature = {0};
    make_page(page, sizeof page, spec->wire);
    spec->definition.ml_name = spec->method;
    if (sign(spec, source->params, &signature) == RC_OK) {
        spec->definition.ml_doc = print_text("%s($self%s)\n--\n\n%s\n\n"
                                             "Server command: %s, since version %s: %s/%s/",
                                             spec->method, signature.data, source->doc, spec->wire,
                                             spec->since, site_of(spec->since), page);
    } else {
        PyErr_NoMemory();
    }
    rc_buffer_free(&signature);
    return spec->definition.ml_doc == NULL ? -1 : 0;
}

/* ---- the row ---- */

int spec_compile(State *state, CommandSpec *spec, const SpecSource *source)
{
    Compiler self = {.spec = spec, .state = state};
    spec->method = source->method;
    spec->wire = source->wire;
    spec->since = source->since;
    spec->route = source->route;
    spec->flags = source->flags;
    spec->targeted = is_targeted(spec->route);
    spec->node_param = spec->extra_param = -1;
    spec->prefix =
        encode_words(source->wire, strlen(source->wire), &spec->prefix_length, &spec->prefix_words);
    if (spec->prefix == NULL || find_reply(&self, source->reply) != 0 ||
        find_merge(&self, source->merge) != 0 || compile_params(&self, source->params) != 0 ||
        compile_encoding(&self, source->encoding) != 0) {
        return -1;
    }
    find_places(spec);
    if ((spec->flags & SPEC_BLOCKING) && find_wait(&self) != 0) {
        return -1;
    }
    return make_definition(spec, source);
}

void spec_free(CommandSpec *spec)
{
    for (int i = 0; i < spec->param_count; i++) {
        Py_XDECREF(spec->params[i].name);
        Py_XDECREF(spec->params[i].fallback);
    }
    for (int i = 0; i < spec->op_count; i++) {
        rc_free(spec->ops[i].word);
        rc_free(spec->ops[i].encoded);
        Py_XDECREF(spec->ops[i].python);
    }
    Py_XDECREF(spec->rest.name);
    Py_XDECREF(spec->keywords.name);
    Py_XDECREF(spec->python_reply);
    Py_XDECREF(spec->python_merge);
    rc_free(spec->prefix);
    rc_free((char *)spec->definition.ml_doc);
}
