/* Memory where there is no system to take pages from: all of it comes from the C library, whose heap grows with the module's memory. */
#include "FermSystem.h"

#include "pages.h"

#include <stdlib.h>
#include <string.h>

/* What an alignment of Swift's may ask a piece of a reserve for. */
enum { PAGE = 4096 };

static void *zeroed(size_t alignment, size_t bytes) {
  void *memory = NULL;
  if (bytes > SIZE_MAX / 2 || posix_memalign(&memory, alignment, bytes ? bytes : 1) != 0) return NULL;
  return memset(memory, 0, bytes);
}

void *ferm_allocate(size_t bytes) { return zeroed(64, bytes); }
void ferm_free(void *memory) { free(memory); }
void *ferm_take(size_t bytes) { return ferm_allocate(bytes); }
void ferm_give(void *memory, size_t bytes) { free(memory); }
void *ferm_take_unfilled(size_t bytes) { return ferm_allocate(bytes); }
int ferm_fill(void *memory, size_t bytes, size_t part, size_t parts) { return 1; }

size_t ferm_whole_pages(size_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }
void *ferm_pages_map(size_t size) { return zeroed(PAGE, size); }
size_t ferm_pages_shrink(void *pages, size_t size, size_t kept) { return size; }
void ferm_pages_unmap(void *pages, size_t size) { free(pages); }

void *ferm_pages_resize(void *pages, size_t size, size_t new_size) {
  void *resized = ferm_pages_map(new_size);
  if (!resized) return NULL;
  memcpy(resized, pages, size < new_size ? size : new_size);
  free(pages);
  return resized;
}
