/*
 * command_spec: the command table, compiled.
 *
 * commands.def states each command once, as text. When the module is loaded a row's parameters and
 * encoding become the arrays below; a fault in the table is an ImportError that names the row. The
 * rows are read-only afterwards and freed with the module.
 */
#ifndef RC_PYTHON_COMMAND_SPEC_H
#define RC_PYTHON_COMMAND_SPEC_H

#include "python/reply/reply.h"
#include "python/table/argument.h"
#include "python/table/argv.h"

enum { SPEC_PARAMS_MAX = 20, SPEC_OPS_MAX = 24, SPEC_OPTION_BITS = 4 };

typedef enum Route {
    ROUTE_KEY,        /* the owner of the first key's slot */
    ROUTE_SPLIT,      /* over many slots: one command per slot, one round trip for all */
    ROUTE_CROSS_SLOT, /* the same with keys of one slot; of many, a function of cross_slot does it
                       */
    ROUTE_SLOT,       /* the owner of the slot that is an argument */
    ROUTE_ANY,        /* some primary */
    ROUTE_NODES,      /* every node */
    ROUTE_PRIMARIES,  /* every primary */
    ROUTE_BLOCKED     /* refused in cluster mode, unless its nodes are named */
} Route;

/* How the replies of several nodes or slots become one. */
typedef enum Merge {
    MERGE_NONE,
    MERGE_DICT,  /* {node name: reply} */
    MERGE_UNION, /* one list without duplicates */
    MERGE_LIST,  /* in the order of the caller's keys */
    MERGE_SUM,
    MERGE_TRUE,  /* True: a reply of an error would have been raised */
    MERGE_PYTHON /* as the row's function makes it of {node name: reply} */
} Merge;

enum {
    SPEC_READ = 1,      /* changes nothing: may run twice, may go to a replica */
    SPEC_REFUSED = 2,   /* a pipeline refuses it when called */
    SPEC_ONE_KEY = 4,   /* a pipeline takes it with one key only */
    SPEC_PAIRS = 8,     /* each key is followed by its value */
    SPEC_ONE_SLOT = 16, /* keys of several slots are refused here, not by the server */
    SPEC_OPAQUE = 32,   /* RC_COMMAND_OPAQUE */
    SPEC_BLOCKING = 64  /* an argument says how long it may wait on the server */
};

typedef enum OpKind {
    OP_VALUE,          /* name */
    OP_OPTIONAL,       /* ?name: unless None */
    OP_VALUES,         /* *names */
    OP_LIST,           /* name+: a value or a list of them, and *args */
    OP_PAIRS,          /* %name: a mapping's keys and values */
    OP_SCORES,         /* ~name: a mapping's values and keys */
    OP_LITERAL,        /* WORD */
    OP_OPTION,         /* WORD=name: the word and the value, unless None */
    OP_FLAG,           /* WORD!name: the word, if true */
    OP_COUNT,          /* =name: how many keys *rest begins with */
    OP_COUNTED,        /* $name: how many keys there are, and the keys */
    OP_COUNTED_VALUES, /* $*names: how many values there are, and the values */
    OP_SLOT,           /* #name: a slot's number */
    OP_NODE,           /* >name: where to go, and not written */
    OP_EXTRA,          /* ^name: what the reply is converted with, and not written */
    OP_CUSTOM,         /* &function, of custom*.c */
    OP_PYTHON          /* &function, of _commands.arguments */
} OpKind;

typedef struct Call Call;
typedef int (*Custom)(Sink *sink, const Call *call);

typedef enum TimeUnit {
    UNIT_NONE,
    UNIT_SECONDS,
    UNIT_MILLIS,
    UNIT_UNIX,
    UNIT_UNIX_MILLIS
} TimeUnit;

enum { TIME_UNITS = UNIT_UNIX_MILLIS + 1 };

/* As the table says them: "", "s" and so on. */
extern const char *const time_unit_names[TIME_UNITS];

typedef struct Op {
    OpKind kind;
    TimeUnit unit; /* timedelta and datetime are taken, too */
    uint8_t param;
    uint8_t option; /* bit for the reply's conversion, when the op has an effect */
    bool key;
    bool counted;  /* writes a list of keys, and before it their number */
    char *word;    /* a literal, or the name of a custom function */
    char *encoded; /* the literal as RESP */
    size_t encoded_length;
    Custom custom;
    PyObject *python;
} Op;

typedef struct Param {
    PyObject *name;     /* interned */
    const char *text;   /* the same */
    PyObject *fallback; /* NULL: required */
    uint16_t type;      /* where its type begins in the row's parameters; 0: the encoding says it */
    uint16_t type_length;
} Param;

typedef struct CommandSpec {
    const char *method;
    const char *wire;
    const char *since; /* the server version */
    const char *name;  /* of its reply conversion */
    ReplyFunction reply;
    PyObject *python_reply; /* a conversion that is written in Python, or NULL */
    bool server_text;       /* python_reply parses text of the server and always gets bytes */
    Route route;
    Merge merge;
    const char *merge_name;
    PyObject *python_merge;
    unsigned flags;

    Param params[SPEC_PARAMS_MAX];
    int param_count;
    int positional; /* how many may be given by position */
    int required;
    bool varargs;
    Param rest;     /* *args */
    Param keywords; /* **kwargs */
    bool kwargs;
    bool targeted;   /* takes target_nodes */
    int node_param;  /* the parameter that names the node to go to; -1: none */
    int extra_param; /* the one that the reply is converted with; -1: none */

    Op ops[SPEC_OPS_MAX];
    int op_count;
    int key_at;   /* the first key's place among the wire's arguments; 0: none, -1: not fixed */
    int count_at; /* where the number of keys stands, 0: nowhere */
    int slot_at;  /* where the slot stands that decides, 0: nowhere */
    const char *key_word; /* if key_at is -1: the first key stands behind this word */
    int key_from;         /* the first argument that can be key_word */
    WaitPlace wait;       /* of a row that is SPEC_BLOCKING */
    bool container;       /* the names of other rows begin with its own */

    char *prefix; /* the command's name as RESP, one bulk string per word */
    size_t prefix_length;
    size_t prefix_words;
    PyMethodDef definition; /* of the method; its doc is made of the row's columns */
} CommandSpec;

/* The rows' numbers, by method: SPEC_get and so on. */
typedef enum SpecNumber {
#define COMMAND(method, ...) SPEC_##method,
#include "python/table/commands.def"
#undef COMMAND
    SPEC_COUNT
} SpecNumber;

/* A row as it stands in the table. */
typedef struct SpecSource {
    const char *method;
    const char *wire;
    const char *since;
    const char *reply;
    Route route;
    const char *merge;
    unsigned flags;
    const char *params;
    const char *encoding;
    const char *doc;
} SpecSource;

/* spec_compile fills a row that is all zero; -1 with an ImportError that says what is wrong. */
int spec_compile(State *state, CommandSpec *spec, const SpecSource *source);

/* spec_free frees what spec_compile has made, not the struct; also of one that failed half-way. */
void spec_free(CommandSpec *spec);

/* specs_compile fills state->specs and state->spec_numbers; -1 with an exception. */
int specs_compile(State *state);

/* specs_traverse visits the objects of all rows, for the collector. */
int specs_traverse(const State *state, visitproc visit, void *arg);

/* specs_free frees all rows; nothing if there are none. */
void specs_free(State *state);

/*
 * specs_describe is the table as a list of dicts, a new reference; NULL with an exception. With
 * `compiled` a dict has the row's parameters and ops, too.
 */
PyObject *specs_describe(State *state, bool compiled);

/* spec_by_wire_name finds the row of "GET" or "CONFIG GET", in any case, or NULL; -1 with an
 * exception. */
int spec_by_wire_name(State *state, PyObject *name, const CommandSpec **spec);

#endif
