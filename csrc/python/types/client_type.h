/*
 * client_type: what PyType_FromModuleAndSpec needs to make the type Client, base of RedisCluster.
 */
#ifndef RC_PYTHON_CLIENT_TYPE_H
#define RC_PYTHON_CLIENT_TYPE_H

#include "python/base/state.h"

extern PyType_Spec client_spec;

/* client_type_add_methods gives the new type a method for every row; -1 with an exception. */
int client_type_add_methods(State *state);

#endif
