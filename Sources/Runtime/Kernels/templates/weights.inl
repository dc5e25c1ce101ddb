/* Weights as they lie in memory, a register of them widened to fp32. They lie in units of 32 bits, each with a column's weights
   for as many steps of the depth as it has room for, the first in the lowest bits. A type is a line of FERM_WEIGHT_TYPES and a
   function. */

INLINE vec weight_FP32(bits_vec units, const int step) {
  (void)step;
  return __builtin_bit_cast(vec, units);
}

INLINE vec weight_BF16(bits_vec units, const int step) {
  return __builtin_bit_cast(vec, step ? units & 0xFFFF0000 : units << 16);
}

INLINE vec weight_FP16(bits_vec units, const int step) {
  /* 2^112 moves the exponent's bias from 15 to 127, and makes subnormal numbers normal. */
  int_vec bits = __builtin_bit_cast(int_vec, step ? units : units << 16) >> 3 & (int32_t)0x8FFFE000;
  return __builtin_bit_cast(vec, bits) * 0x1p112f;
}

INLINE vec weight_INT8(bits_vec units, const int step) {
  /* In the mantissa of 2^23 a byte with its sign turned counts 128 more than its value. The first is taken so, the others are
     shifted: that leaves the multiply-adds the most of their time. */
  if (step == 0) return __builtin_bit_cast(vec, (units & 0xFF) ^ 0x4B000080) - (0x1p23f + 128);
  return __builtin_convertvector(__builtin_bit_cast(int_vec, units << (24 - 8 * step)) >> 24, vec);
}

static const int weight_bytes[] = {
#define BYTES_OF(name, bytes) [FERM_##name] = bytes,
    FERM_WEIGHT_TYPES(BYTES_OF)};

/* Steps of the depth that a unit has the weights of. */
enum { UNIT_BYTES = 4 };
INLINE int steps_in_unit(const int type) { return UNIT_BYTES / weight_bytes[type]; }

/* Maps are floats where products read them. */
typedef float element;
enum { IN_UNIT = 1 };
INLINE void store_element(element *to, vec value) { store(to, value); }
INLINE vec add_product(vec x, vec w, vec sum, const int type) {
  (void)type;
  return multiply_add(x, w, sum);
}

/* Register `vector` of a row of units, of which those of `step` are taken. */
INLINE vec weight(const char *from, int vector, const int step, const int type) {
  bits_vec units = __builtin_bit_cast(bits_vec, load((const float *)from + LANES * vector));
#define WIDENED(name, bytes) \
  if (type == FERM_##name) return weight_##name(units, step);
  FERM_WEIGHT_TYPES(WIDENED)
  __builtin_unreachable();
}
