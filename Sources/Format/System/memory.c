#define _DEFAULT_SOURCE
#include "FermSystem.h"

#include "pages.h"

#include <errno.h>
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

/* From here on a piece is a mapping of its own: the C library would keep its place in the heap when it is given back. */
enum { LARGE = 1 << 16 };

/* As many pages at a multiple of HUGE_PAGE, cut out of a larger mapping. */
static void *map_aligned(size_t size) {
  size_t more = size >= HUGE_PAGE ? HUGE_PAGE : 0;
  if (size + more < size) return NULL;
  char *map = ferm_pages_map(size + more);
  if (!map) return NULL;
  size_t before = more ? (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE) % HUGE_PAGE : 0;
  if (before > 0) munmap(map, before);
  if (more > before) munmap(map + before + size, more - before);
  return map + before;
}

void *ferm_take_unfilled(size_t bytes) {
  if (bytes < LARGE) return ferm_allocate(bytes);
  size_t size = ferm_whole_pages(bytes);
  if (size < bytes) return NULL;
  void *memory = map_aligned(size);
#ifdef MADV_HUGEPAGE
  if (memory && size >= HUGE_PAGE) madvise(memory, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return memory;
}

/* In one call for all pages, since each page's own fault takes as long as to fill it. */
int ferm_fill(void *memory, size_t bytes, size_t part, size_t parts) {
  if (bytes < LARGE) return 1;
  size_t each = ferm_whole_pages(bytes / parts + 1);
  if (parts > 1) each = (each + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  size_t first = part * each, size = ferm_whole_pages(bytes);
  if (first >= size) return 1;
  if (each > size - first) each = size - first;
#ifdef MADV_POPULATE_WRITE
  if (madvise((char *)memory + first, each, MADV_POPULATE_WRITE) == 0) return 1;
  if (errno == ENOMEM) return 0;
#endif
  memset((char *)memory + first, 0, each);
  return 1;
}

void *ferm_take(size_t bytes) {
  void *memory = ferm_take_unfilled(bytes);
  if (!memory || ferm_fill(memory, bytes, 0, 1)) return memory;
  ferm_give(memory, bytes);
  return NULL;
}

void ferm_give(void *memory, size_t bytes) {
  if (bytes < LARGE) free(memory);
  else munmap(memory, ferm_whole_pages(bytes));
}
