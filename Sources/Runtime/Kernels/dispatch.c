#include "FermKernels.h"

#include <stdlib.h>
#include <string.h>

#define DECLARED(name) const ferm_kernels *ferm_##name##_kernels(void);
FERM_INSTRUCTION_SETS(DECLARED)

static const struct {
  const char *name;
  const ferm_kernels *(*kernels)(void);
} sets[] = {
#define LISTED(name) {#name, ferm_##name##_kernels},
    FERM_INSTRUCTION_SETS(LISTED)};

enum { SETS = sizeof sets / sizeof *sets };

const ferm_kernels *ferm_kernels_for(const char *name, int *is_known) {
  *is_known = 1;
  if (!name) name = getenv("FERM_INSTRUCTIONS");
  if (name && *name) {
    for (int i = 0; i < SETS; i++)
      if (strcmp(name, sets[i].name) == 0) return sets[i].kernels();
    *is_known = 0;
    return NULL;
  }
  const ferm_kernels *best = NULL;
  for (int i = SETS - 1; i >= 0 && !best; i--) best = sets[i].kernels();
  return best;
}

const ferm_tile_cost *ferm_tile_cost_of(const ferm_tile_cost tiles[FERM_TILE_SIZES], int m) {
  for (int i = 0; i < FERM_TILE_SIZES; i++)
    if (tiles[i].m == m) return &tiles[i];
  return NULL;
}
