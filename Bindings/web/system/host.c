/* What the C library would ask its host for. A page has neither an environment nor a process to end: the module imports nothing. */
#include <stdlib.h>

char *getenv(const char *name) { return NULL; }
_Noreturn void abort(void) { __builtin_trap(); }
