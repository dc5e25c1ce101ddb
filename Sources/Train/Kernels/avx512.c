/* AVX-512: 32 registers of 16 floats, 24 of them accumulators. */
#include "FermTrainKernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define FUSED
#define LANES 16
#define VECTORS 4
#define ROWS 6
#define INSTRUCTIONS FERM_AVX512
#define NAME(x) ferm_training_avx512_##x
#include "templates/table.inl"
#pragma clang attribute pop
#endif
