/* What the C library would ask its host for. A page has neither an environment nor a process to end: the module imports nothing. */
#include <stdlib.h>

char *getenv(const char *name) { return NULL; }
_Noreturn void abort(void) { __builtin_trap(); }

/* snprintf, which shows numbers, brings the streams along, and they would ask for these. ENOSYS: there is nothing to write to. */
enum { NO_SUCH_CALL = 52 };
int __wasi_fd_close(int file) { return NO_SUCH_CALL; }
int __wasi_fd_seek(int file, long long offset, int from, void *place) { return NO_SUCH_CALL; }
int __wasi_fd_write(int file, const void *pieces, unsigned count, void *written) { return NO_SUCH_CALL; }
