/*
 * pipeline_type: what PyType_FromModuleAndSpec needs to make the type Pipeline, base of
 * ClusterPipeline.
 */
#ifndef RC_PYTHON_PIPELINE_TYPE_H
#define RC_PYTHON_PIPELINE_TYPE_H

#include "python/base/state.h"

extern PyType_Spec pipeline_spec;

#endif
