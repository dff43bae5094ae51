// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_CLINUX_H
#define MILLRACE_CLINUX_H
#include "file_birth.h"

#endif
