/* AVX2 and FMA: 16 registers of 8 floats, 12 of them accumulators. */
#define SET avx2
#if defined(__x86_64__)
#define TARGET "avx2,fma"
#define AVAILABLE (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define FUSED
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define ROW_CYCLES 1
#define TILE_CYCLES {2, 45, 35}, {3, 75, 55}, {4, 110, 80}, {5, 170, 130}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {3, 85, 60}, {4, 130, 90}, {5, 220, 150}
#endif

#include "templates/set.inl"
