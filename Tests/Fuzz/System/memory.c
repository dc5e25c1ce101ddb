#include "FermFuzzSystem.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)

/* glibc's own functions under their second names; defining the first ones here replaces them for the whole program. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static _Atomic int watching;
static _Atomic long live;
static size_t most;

static void check(size_t more) {
  if (!watching || (more <= most && live + (long)more <= (long)most)) return;
  static const char message[] = "ferm-fuzz: more memory is taken than the input can be worth\n";
  watching = 0;
  (void)!write(2, message, sizeof message - 1);
  abort();
}

static void *taken(void *memory) {
  if (memory != NULL && watching) live += (long)malloc_usable_size(memory);
  return memory;
}

void *malloc(size_t size) {
  check(size);
  return taken(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  check(bytes);
  return taken(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size) {
  check(size);
  if (memory != NULL && watching) live -= (long)malloc_usable_size(memory);
  return taken(__libc_realloc(memory, size));
}

void *memalign(size_t alignment, size_t size) {
  check(size);
  return taken(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory) {
  if (memory != NULL && watching) live -= (long)malloc_usable_size(memory);
  __libc_free(memory);
}

void ferm_watch_begin(size_t limit) {
  most = limit;
  live = 0;
  watching = 1;
}

long ferm_watch_end(void) {
  watching = 0;
  return live;
}

#else

void ferm_watch_begin(size_t limit) { (void)limit; }
long ferm_watch_end(void) { return 0; }

#endif
