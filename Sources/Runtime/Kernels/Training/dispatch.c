#include "FermTrainKernels.h"

#define DECLARED(name) const ferm_training_kernels *ferm_training_##name##_kernels(void);
FERM_INSTRUCTION_SETS(DECLARED)
#define DECLARED_NARROW(name) const ferm_narrow_training_kernels *ferm_narrow_training_##name##_kernels(void);
FERM_NARROW_SETS(DECLARED_NARROW)

const ferm_training_kernels *ferm_training_kernels_of(const ferm_kernels *kernels) {
#define LISTED(name) ferm_training_##name##_kernels,
  static const ferm_training_kernels *(*const sets[])(void) = {FERM_INSTRUCTION_SETS(LISTED)};
  return sets[kernels->set]();
}

const ferm_narrow_training_kernels *ferm_narrow_training_kernels_of(const ferm_kernels *kernels) {
  switch (kernels->set) {
#define NARROW_CASE(name) \
  case FERM_SET_##name: return ferm_narrow_training_##name##_kernels();
    FERM_NARROW_SETS(NARROW_CASE)
    default: return NULL;
  }
}

size_t ferm_training_linear_scratch(const ferm_kernels *kernels, int rows) {
  /* Sums of 48 outputs, and narrow weights of some; or 128 rows of 256 weights, as many gradients for each row, and the row's
     sums. */
  size_t forward = 48 * (size_t)kernels->columns + 16 * 128, back = 128 * 256 + (size_t)rows * (128 + 256);
  return forward > back ? forward : back;
}
