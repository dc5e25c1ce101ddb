#include "FermTrainKernels.h"

extern const ferm_training_kernels ferm_training_portable_kernels;

#if defined(__x86_64__)
extern const ferm_training_kernels ferm_training_avx2_kernels, ferm_training_avx512_kernels;

const ferm_training_kernels *ferm_training_kernels_for(ferm_instructions instructions) {
  if (!ferm_kernels_for(instructions)) return NULL;
  switch (instructions) {
    case FERM_AVX512: return &ferm_training_avx512_kernels;
    case FERM_AVX2: return &ferm_training_avx2_kernels;
    default: return &ferm_training_portable_kernels;
  }
}
#else
const ferm_training_kernels *ferm_training_kernels_for(ferm_instructions instructions) {
  return ferm_kernels_for(instructions) ? &ferm_training_portable_kernels : NULL;
}
#endif

size_t ferm_training_linear_scratch(const ferm_kernels *kernels, int rows) {
  /* Sums of 48 outputs; or 128 rows of 256 weights, as many gradients for each row, and the row's sums. */
  size_t forward = 48 * (size_t)kernels->columns, back = 128 * 256 + (size_t)rows * (128 + 256);
  return forward > back ? forward : back;
}
