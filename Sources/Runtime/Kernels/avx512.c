/* AVX-512: 32 registers of 16 floats, 24 of them accumulators. With NARROW, products of bf16 pairs and of bytes, which some of
   these processors have (avx512_narrow.c); with EMULATED, the same in plain C (emulated.c). */
#ifdef EMULATED
#define SET emulated
#define AVAILABLE 1
#define ROWS 1 /* less code, and the same bits */
#else
#define SET avx512
#define ROWS 6
#endif

#if defined(__x86_64__) && !defined(EMULATED)
#define HAS(instructions) __builtin_cpu_supports(instructions)
#ifdef NARROW
#define TARGET "avx512f,avx512bw,avx512vl,avx512dq,fma,avx512bf16,avx512vnni"
#define AVAILABLE (HAS("avx512f") && HAS("avx512bw") && HAS("avx512vl") && HAS("avx512dq") && HAS("avx512bf16") && HAS("avx512vnni"))
#else
#define TARGET "avx512f,avx512bw,avx512vl,avx512dq,fma"
#define AVAILABLE (HAS("avx512f") && HAS("avx512bw") && HAS("avx512vl") && HAS("avx512dq"))
#endif
#endif

#if defined(__x86_64__) || defined(EMULATED)
#define FUSED
#define LANES 16
#define VECTORS 4
/* Some processors do two 512-bit multiply-adds a cycle, some one: this lies between. */
#define ROW_CYCLES 3
#ifdef NARROW
#define TILE_CYCLES {2, 60, 40}, {3, 130, 90}, {4, 190, 130}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {3, 90, 70}, {4, 130, 90}
#else
#define TILE_CYCLES {2, 45, 35}, {3, 75, 55}, {4, 110, 80}, {5, 170, 130}, {6, 190, 150}
#define TRAINING_TILE_CYCLES {2, 45, 35}, {3, 85, 60}, {4, 130, 90}, {5, 220, 150}
#endif
#endif

#include "templates/set.inl"
