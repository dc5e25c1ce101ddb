/* Registers. */

#pragma STDC FP_CONTRACT OFF
#ifdef EMULATED
/* Registers that this processor may lack stay within one file. */
#pragma clang diagnostic ignored "-Wpsabi"
#endif

enum { COLUMNS = LANES * VECTORS };

typedef float vec __attribute__((ext_vector_type(LANES)));
typedef float loose_vec __attribute__((ext_vector_type(LANES), aligned(4)));
typedef uint32_t bits_vec __attribute__((ext_vector_type(LANES)));
typedef int32_t int_vec __attribute__((ext_vector_type(LANES)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")
/* For loops that wait for memory or divisions: the compiler would only make their code longer. */
#define ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")

INLINE vec load(const float *from) { return *(const loose_vec *)from; }
INLINE void store(float *to, vec value) { *(loose_vec *)to = value; }
/* Past the caches, to where `to` is aligned to a register: for what would fill them before it is read again. */
INLINE void stream(float *to, vec value) { __builtin_nontemporal_store(value, (vec *)to); }
INLINE vec splat(float value) { return (vec)value; }

#ifdef EMULATED
/* Not inlined, as a processor without the instruction has a function for each lane. */
static __attribute__((noinline)) vec fused(const vec *a, const vec *b, const vec *c) {
  vec result;
  for (int i = 0; i < LANES; i++) result[i] = fmaf((*a)[i], (*b)[i], (*c)[i]);
  return result;
}
#endif

INLINE vec multiply_add(vec a, vec b, vec c) {
#ifdef EMULATED
  return fused(&a, &b, &c);
#elif defined(FUSED)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/* The second where they cannot be compared, so that a NaN is not lost. */
INLINE vec larger(vec a, vec b) { return a > b ? a : b; }
INLINE vec rectified(vec a) { return larger((vec)0.0f, a); }

INLINE long take(int64_t *next) { return (long)__atomic_fetch_add(next, 1, __ATOMIC_RELAXED); }
INLINE int smaller(int a, int b) { return a < b ? a : b; }
