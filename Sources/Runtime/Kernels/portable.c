/* Plain C with 128-bit vectors: what every 64-bit processor has (SSE2, NEON). */
#define SET portable
#define AVAILABLE 1
#if defined(__aarch64__)
#define FUSED
#endif
#define LANES 4
#define VECTORS 2
#define ROWS 6
#define ROW_CYCLES 1
#define TILE_CYCLES {2, 45, 35}, {3, 75, 55}, {4, 110, 80}, {5, 170, 130}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {3, 85, 60}, {4, 130, 90}, {5, 220, 150}

#include "templates/set.inl"
