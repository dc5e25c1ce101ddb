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

/* Registers of a piece of work that hide what it takes to come by it, and pieces that keep some threads busy to the end. */
enum { PIECE_REGISTERS = 256, ENOUGH_PIECES = 16 };

typedef struct { long first, last; } plane_range;

/* The next planes of `pixels` registers, first ..< last: several small ones, as threads that ask for each of them wait for one another.
   None where none are left. */
INLINE plane_range take_planes(int64_t *next, long planes, long pixels) {
  long each = PIECE_REGISTERS / (pixels < 1 ? 1 : pixels), most = planes / ENOUGH_PIECES;
  if (each > most) each = most;
  if (each < 1) each = 1;
  long first = take(next) * each, last = first + each;
  return (plane_range){first, last < planes ? last : planes};
}

/* Calls what follows with each plane that this thread takes. */
#define FOR_PLANES(plane, next, planes, pixels)                                                                  \
  for (plane_range range = take_planes(next, planes, pixels); range.first < (planes); range = take_planes(next, planes, pixels)) \
    for (long plane = range.first; plane < range.last; plane++)
