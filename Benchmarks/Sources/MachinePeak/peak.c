#include "MachinePeak.h"

/* Enough chains to hide a latency of 4 cycles on 2 units, few enough to stay in registers. */
enum { CHAINS = 10 };

static volatile float sink;

#define PEAK(name, width, attributes)                                                             \
  typedef float name##_vector __attribute__((vector_size(4 * width)));                            \
  attributes static double name##_compute(size_t rounds) {                                        \
    name##_vector chain[CHAINS], factor = {}, step = {};                                          \
    for (int lane = 0; lane < width; lane++) factor[lane] = 0.999f, step[lane] = 0.001f;          \
    for (int c = 0; c < CHAINS; c++) chain[c] = step * (float)c;                                  \
    for (size_t round = 0; round < rounds; round++)                                               \
      _Pragma("clang loop unroll(full)") for (int c = 0; c < CHAINS; c++) {                       \
        chain[c] = __builtin_elementwise_fma(chain[c], factor, step);                             \
      }                                                                                           \
    for (int c = 1; c < CHAINS; c++) chain[0] += chain[c];                                        \
    sink = chain[0][0];                                                                           \
    return 2.0 * width * CHAINS * (double)rounds;                                                 \
  }                                                                                               \
  attributes static float name##_read(const float *floats, size_t count) {                        \
    const name##_vector *vectors = (const name##_vector *)floats;                                 \
    name##_vector sum[4] = {};                                                                    \
    for (size_t i = 0; i + 4 <= count / width; i += 4)                                            \
      for (int c = 0; c < 4; c++) sum[c] += vectors[i + (size_t)c];                               \
    sum[0] += sum[1] + sum[2] + sum[3];                                                           \
    return sum[0][0];                                                                             \
  }

PEAK(portable, 4, )

#if defined(__x86_64__)
PEAK(avx2, 8, __attribute__((target("avx2,fma"))))
PEAK(avx512, 16, __attribute__((target("avx512f,fma"))))

static int level(void) {
  if (__builtin_cpu_supports("avx512f")) return 2;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static int level(void) { return 0; }
#define avx2_compute portable_compute
#define avx512_compute portable_compute
#define avx2_read portable_read
#define avx512_read portable_read
#endif

double machine_peak_compute(size_t rounds) {
  switch (level()) {
    case 2: return avx512_compute(rounds);
    case 1: return avx2_compute(rounds);
    default: return portable_compute(rounds);
  }
}

float machine_peak_read(const float *floats, size_t count) {
  switch (level()) {
    case 2: return avx512_read(floats, count);
    case 1: return avx2_read(floats, count);
    default: return portable_read(floats, count);
  }
}

const char *machine_peak_instructions(void) {
  static const char *const names[] = {"portable", "AVX2", "AVX-512"};
  return names[level()];
}
