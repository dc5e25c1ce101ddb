#define _DEFAULT_SOURCE
#include "FermSystem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large pages spare the processor most of its address look-ups where weights stream by. */
enum { HUGE_PAGE = 2 << 20 };

void *ferm_allocate(size_t bytes) {
  size_t rounded = (bytes + 63) / 64 * 64;
  if (rounded < bytes) return NULL;
  if (rounded == 0) rounded = 64;
  void *memory = NULL;
  if (posix_memalign(&memory, rounded >= HUGE_PAGE ? HUGE_PAGE : 64, rounded) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  /* A wish; without it all works as well. The rest stays in small pages: rounded up, it would take memory for nothing. */
  if (rounded >= HUGE_PAGE) madvise(memory, rounded / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  memset(memory, 0, rounded);
  return memory;
}

void ferm_free(void *memory) { free(memory); }
