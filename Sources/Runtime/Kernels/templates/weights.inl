/* Weights as they lie in memory, one register of them widened to fp32. A type is a line of FERM_WEIGHT_TYPES and a function. */

typedef uint16_t half_vec __attribute__((ext_vector_type(LANES), aligned(2)));
typedef int8_t byte_vec __attribute__((ext_vector_type(LANES), aligned(1)));

INLINE vec weight_FP32(const char *from) { return load((const float *)from); }

INLINE vec weight_BF16(const char *from) {
  return __builtin_bit_cast(vec, __builtin_convertvector(*(const half_vec *)from, bits_vec) << 16);
}

INLINE vec weight_FP16(const char *from) {
  bits_vec bits = __builtin_convertvector(*(const half_vec *)from, bits_vec);
  /* 2^112 moves the exponent's bias from 15 to 127, and makes subnormal numbers normal. */
  vec magnitude = __builtin_bit_cast(vec, (bits & 0x7FFF) << 13) * 0x1p112f;
  return __builtin_bit_cast(vec, __builtin_bit_cast(bits_vec, magnitude) | (bits & 0x8000) << 16);
}

INLINE vec weight_INT8(const char *from) {
  return __builtin_convertvector(__builtin_convertvector(*(const byte_vec *)from, int_vec), vec);
}

static const int weight_bytes[] = {
#define BYTES_OF(name, bytes) [FERM_##name] = bytes,
    FERM_WEIGHT_TYPES(BYTES_OF)};

/* Register `vector` of a panel's row. */
INLINE vec weight(const char *from, int vector, const int type) {
#define WIDENED(name, bytes) \
  if (type == FERM_##name) return weight_##name(from + bytes * LANES * vector);
  FERM_WEIGHT_TYPES(WIDENED)
  __builtin_unreachable();
}
