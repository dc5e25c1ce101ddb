/* What the Swift side of the library needs from C. Not installed. */
#ifndef CFERM_SUPPORT_H
#define CFERM_SUPPORT_H

#include "ferm.h"

void ferm_set_last_error(const char *utf8, size_t count);

#endif
