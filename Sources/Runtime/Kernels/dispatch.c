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

#define DECLARED_NARROW(name) const ferm_narrow_kernels *ferm_narrow_##name##_kernels(void);
FERM_NARROW_SETS(DECLARED_NARROW)

const ferm_narrow_kernels *ferm_narrow_kernels_of(const ferm_kernels *kernels) {
  switch (kernels->set) {
#define NARROW_CASE(name) \
  case FERM_SET_##name: return ferm_narrow_##name##_kernels();
    FERM_NARROW_SETS(NARROW_CASE)
    default: return NULL;
  }
}

const ferm_tile_cost *ferm_tile_cost_of(const ferm_tile_cost tiles[FERM_TILE_SIZES], int m) {
  for (int i = 0; i < FERM_TILE_SIZES; i++)
    if (tiles[i].m == m) return &tiles[i];
  return NULL;
}
