#include "FermKernels.h"

#include <stdlib.h>
#include <string.h>

int ferm_wanted_instructions(void) {
  static const char *const names[] = {"portable", "avx2", "avx512"};
  const char *wanted = getenv("FERM_INSTRUCTIONS");
  if (!wanted || !*wanted) return -1;
  for (int i = 0; i < 3; i++)
    if (strcmp(wanted, names[i]) == 0) return i;
  return -2;
}

extern const ferm_kernels ferm_portable_kernels;

#if defined(__x86_64__)
extern const ferm_kernels ferm_avx2_kernels, ferm_avx512_kernels;

static int has(ferm_instructions instructions) {
  __builtin_cpu_init();
  switch (instructions) {
    case FERM_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    case FERM_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    default: return 1;
  }
}

const ferm_kernels *ferm_kernels_for(ferm_instructions instructions) {
  if (!has(instructions)) return NULL;
  switch (instructions) {
    case FERM_AVX512: return &ferm_avx512_kernels;
    case FERM_AVX2: return &ferm_avx2_kernels;
    default: return &ferm_portable_kernels;
  }
}

ferm_instructions ferm_best_instructions(void) {
  return has(FERM_AVX512) ? FERM_AVX512 : has(FERM_AVX2) ? FERM_AVX2 : FERM_PORTABLE;
}
#else
const ferm_kernels *ferm_kernels_for(ferm_instructions instructions) {
  return instructions == FERM_PORTABLE ? &ferm_portable_kernels : NULL;
}

ferm_instructions ferm_best_instructions(void) { return FERM_PORTABLE; }
#endif
