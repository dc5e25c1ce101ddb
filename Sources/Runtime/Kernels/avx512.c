/* AVX-512: 32 registers of 16 floats, 24 of them accumulators. */
#define SET avx512
#if defined(__x86_64__)
#define TARGET "avx512f,avx512bw,avx512vl,avx512dq,fma"
#define AVAILABLE                                                               \
  (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&   \
   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
#define FUSED
#define LANES 16
#define VECTORS 4
#define ROWS 6
/* Some processors do two 512-bit multiply-adds a cycle, some one: this lies between. */
#define ROW_CYCLES 3
#define TILE_CYCLES {2, 45, 35}, {4, 110, 80}, {5, 170, 130}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {4, 130, 90}, {5, 220, 150}
#endif

#include "templates/set.inl"
