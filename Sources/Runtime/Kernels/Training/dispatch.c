#include "FermTrainKernels.h"

#define DECLARED(name) const ferm_training_kernels *ferm_training_##name##_kernels(void);
FERM_INSTRUCTION_SETS(DECLARED)

const ferm_training_kernels *ferm_training_kernels_of(const ferm_kernels *kernels) {
#define LISTED(name) ferm_training_##name##_kernels,
  static const ferm_training_kernels *(*const sets[])(void) = {FERM_INSTRUCTION_SETS(LISTED)};
  return sets[kernels->set]();
}

size_t ferm_training_linear_scratch(const ferm_kernels *kernels, int rows) {
  /* Sums of 48 outputs; or 128 rows of 256 weights, as many gradients for each row, and the row's sums. */
  size_t forward = 48 * (size_t)kernels->columns, back = 128 * 256 + (size_t)rows * (128 + 256);
  return forward > back ? forward : back;
}
