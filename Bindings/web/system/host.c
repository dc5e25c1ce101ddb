/* What the C library would ask its host for. A page has neither an environment nor a process to end: the module imports nothing. */
#include <stdlib.h>

char *getenv(const char *name) { return NULL; }
_Noreturn void abort(void) { __builtin_trap(); }

/* snprintf, which shows numbers, brings the C library's streams along, and they would import these three. ENOSYS: there is nothing to
   write to. */
enum { NO_SUCH_CALL = 52 };
int __imported_wasi_snapshot_preview1_fd_close(int file) { return NO_SUCH_CALL; }
int __imported_wasi_snapshot_preview1_fd_seek(int file, long long offset, int from, int place) { return NO_SUCH_CALL; }
int __imported_wasi_snapshot_preview1_fd_write(int file, int pieces, int count, int written) { return NO_SUCH_CALL; }
