#define _DEFAULT_SOURCE
#include "FermSystem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large pages spare the processor most of its address look-ups where weights stream by. */
enum { HUGE_PAGE = 2 << 20 };

void *ferm_allocate(size_t bytes) {
  size_t unit = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
  size_t rounded = (bytes + unit - 1) / unit * unit;
  if (rounded < bytes) return NULL;
  if (rounded == 0) rounded = 64;
  void *memory = NULL;
  if (posix_memalign(&memory, unit, rounded) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  if (unit == HUGE_PAGE) madvise(memory, rounded, MADV_HUGEPAGE); /* a wish; without it all works as well */
#endif
  memset(memory, 0, rounded);
  return memory;
}

void ferm_free(void *memory) { free(memory); }
