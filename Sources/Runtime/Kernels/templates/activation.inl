/* Activations, a register at a time. No multiply-add is fused here, so that every instruction set gives the same bits. */

/* e to the power of x by 2^k e^r with |r| <= ln 2 / 2, and a Taylor sum. */
INLINE vec exponential(vec x) {
  x = x > 88.0f ? splat(88.0f) : x;
  x = x < -87.0f ? splat(-87.0f) : x;
  /* Adding 1.5 * 2^23 leaves the nearest whole number in the last bits. */
  vec shifted = x * 1.44269504f + 12582912.0f;
  vec k = shifted - 12582912.0f;
  vec r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  vec sum = 1.0f + r * (1.0f + r * (0.5f + r * (1.66666667e-1f + r * (4.16666667e-2f + r * (8.33333333e-3f + r * 1.38888889e-3f)))));
  bits_vec bits = (__builtin_bit_cast(bits_vec, shifted) - 0x4B400000u + 127u) << 23;
  return sum * __builtin_bit_cast(vec, bits);
}

/* 1 / (1 + exp(-x)), or x over that. Below -88, where `exponential` stops growing, SiLU stays at -5e-37: the true one would be
   closer still to 0. */
INLINE vec logistic(vec x, int is_silu) {
  x = x < -88.0f ? splat(-88.0f) : x;
  return (is_silu ? x : splat(1.0f)) / (1.0f + exponential(-x));
}

INLINE vec clipped(vec x, float low, float high) {
  x = larger(splat(low), x);
  return x > high ? splat(high) : x;
}
