/* NEON: 32 registers of 4 floats, 24 of them accumulators. */
#define SET neon
#if defined(__aarch64__)
#define AVAILABLE 1
#define FUSED
#define LANES 4
#define VECTORS 4
#define ROWS 6
/* Cortex-A76 and its like do two multiply-adds a cycle; these are the costs of AVX2, which does as many. */
#define ROW_CYCLES 2
#define TILE_CYCLES {2, 45, 35}, {3, 75, 55}, {4, 110, 80}, {5, 170, 130}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {3, 85, 60}, {4, 130, 90}, {5, 220, 150}
#endif

#include "templates/set.inl"
