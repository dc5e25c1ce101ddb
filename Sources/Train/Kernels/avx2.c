/* AVX2 and FMA: 16 registers of 8 floats, 12 of them accumulators. */
#include "FermTrainKernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define FUSED
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define INSTRUCTIONS FERM_AVX2
#define NAME(x) ferm_training_avx2_##x
#include "templates/table.inl"
#pragma clang attribute pop
#endif
