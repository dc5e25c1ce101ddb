#include "FermSystem.h"

#include <stdlib.h>
#include <string.h>

void *ferm_allocate(size_t bytes) {
  size_t rounded = (bytes + 63) & ~(size_t)63;
  if (rounded < bytes) return NULL;
  if (rounded == 0) rounded = 64;
  void *memory = NULL;
  if (posix_memalign(&memory, 64, rounded) != 0) return NULL;
  memset(memory, 0, rounded);
  return memory;
}

void ferm_free(void *memory) { free(memory); }
