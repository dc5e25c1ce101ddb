/* Narrow numbers: pairs of bf16, fours of bytes, and the products that processors have for them. */

typedef uint16_t bf16_vec __attribute__((ext_vector_type(LANES)));
typedef uint16_t loose_bf16_vec __attribute__((ext_vector_type(LANES), aligned(2)));

/* ---- registers ---- */

#ifdef EMULATED

/* The product of pairs neither reads nor makes a denormal number: it is a zero of the same sign. */
INLINE uint32_t without_denormal(uint32_t bits) { return bits & 0x7F800000 ? bits : bits & 0x80000000; }
INLINE float as_float(uint32_t bits) { return __builtin_bit_cast(float, without_denormal(bits)); }
INLINE float sum_without_denormal(float a, float b, float c) { return as_float(__builtin_bit_cast(uint32_t, fmaf(a, b, c))); }

/* VDPBF16PS: two fused multiply-adds, of the upper numbers first. */
static __attribute__((noinline)) vec pairs_of(const vec *sums, const vec *x, const vec *w) {
  bits_vec a = __builtin_bit_cast(bits_vec, *x), b = __builtin_bit_cast(bits_vec, *w), c = __builtin_bit_cast(bits_vec, *sums);
  vec result;
  for (int i = 0; i < LANES; i++) {
    float sum = sum_without_denormal(as_float(a[i] & 0xFFFF0000), as_float(b[i] & 0xFFFF0000), as_float(c[i]));
    result[i] = sum_without_denormal(as_float(a[i] << 16), as_float(b[i] << 16), sum);
  }
  return result;
}
INLINE vec add_pairs(vec sum, vec x, vec w) { return pairs_of(&sum, &x, &w); }

/* VPDPBUSD. */
static __attribute__((noinline)) vec fours_of(const vec *sums, const vec *x, const vec *w) {
  bits_vec a = __builtin_bit_cast(bits_vec, *x), b = __builtin_bit_cast(bits_vec, *w), c = __builtin_bit_cast(bits_vec, *sums);
  for (int i = 0; i < LANES; i++)
    for (int k = 0; k < 32; k += 8) c[i] += (uint32_t)((int32_t)(a[i] >> k & 0xFF) * (int8_t)(b[i] >> k));
  return __builtin_bit_cast(vec, c);
}
INLINE vec add_fours(vec sum, vec x, vec w) { return fours_of(&sum, &x, &w); }

/* VCVTNEPS2BF16: to the nearest, of two as near to the even one; a NaN stays one. */
static __attribute__((noinline)) bf16_vec narrow_of(const vec *value) {
  bits_vec from = __builtin_bit_cast(bits_vec, *value);
  bf16_vec result;
  for (int i = 0; i < LANES; i++) {
    uint32_t bits = without_denormal(from[i]);
    result[i] = (bits & 0x7FFFFFFF) > 0x7F800000 ? (uint16_t)(bits >> 16 | 0x40)
                                                 : (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
  }
  return result;
}
INLINE bf16_vec narrowed(vec value) { return narrow_of(&value); }

#else

INLINE vec add_pairs(vec sum, vec x, vec w) {
  return (vec)_mm512_dpbf16_ps((__m512)sum, __builtin_bit_cast(__m512bh, x), __builtin_bit_cast(__m512bh, w));
}
INLINE vec add_fours(vec sum, vec x, vec w) {
  return __builtin_bit_cast(vec, _mm512_dpbusd_epi32(__builtin_bit_cast(__m512i, sum), __builtin_bit_cast(__m512i, x),
                                                     __builtin_bit_cast(__m512i, w)));
}
INLINE bf16_vec narrowed(vec value) { return __builtin_bit_cast(bf16_vec, _mm512_cvtneps_pbh((__m512)value)); }

#endif

/* ---- in memory ---- */

/* Maps are written as bf16 where products read them; two make a unit, which takes the place of a float. */
typedef uint16_t element;
enum { IN_UNIT = 2 };
INLINE void store_element(element *to, vec value) { *(loose_bf16_vec *)to = narrowed(value); }

/* A step of a product takes a unit, whatever its type. */
enum { UNIT_BYTES = 4 };
INLINE int steps_in_unit(const int type) {
  (void)type;
  return 1;
}
INLINE vec weight(const char *from, int vector, const int step, const int type) {
  (void)step, (void)type;
  return load((const float *)from + LANES * vector);
}
INLINE vec add_product(vec x, vec w, vec sum, const int type) { return type == FERM_FOURS ? add_fours(sum, x, w) : add_pairs(sum, x, w); }
