#include "FermKernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* e to the power of x by 2^k e^r with |r| <= ln 2 / 2, and a Taylor sum; no branch, so that loops become vector code. */
static inline float exponential(float x) {
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  /* Adding 1.5 * 2^23 leaves the nearest whole number in the last bits. */
  float shifted = x * 1.44269504f + 12582912.0f;
  float k = shifted - 12582912.0f;
  float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float sum = 1.0f + r * (1.0f + r * (0.5f + r * (1.66666667e-1f + r * (4.16666667e-2f + r * (8.33333333e-3f + r * 1.38888889e-3f)))));
  uint32_t bits;
  float power;
  memcpy(&bits, &shifted, 4);
  bits = (bits - 0x4B400000u + 127u) << 23;
  memcpy(&power, &bits, 4);
  return sum * power;
}

int ferm_all_finite(const float *numbers, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, numbers + i, 4);
    bits &= 0x7FFFFFFFu; /* in the order of the magnitudes, infinity and NaN last */
    largest = bits > largest ? bits : largest;
  }
  return largest < 0x7F800000u;
}

void ferm_relu(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

void ferm_affine(const float *input, float *output, int blocks, int lanes, int pixels, const float *scale,
                 const float *shift) {
  for (int block = 0; block < blocks; block++, scale += lanes, shift += lanes)
    for (int pixel = 0; pixel < pixels; pixel++, input += lanes, output += lanes)
      for (int lane = 0; lane < lanes; lane++) output[lane] = input[lane] * scale[lane] + shift[lane];
}

void ferm_sigmoid(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = 1.0f / (1.0f + exponential(-input[i]));
}

/* Below -88, where `exponential` stops growing, the result stays at -5e-37: a true one would be closer still to 0. */
void ferm_silu(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float x = input[i] < -88.0f ? -88.0f : input[i];
    output[i] = x / (1.0f + exponential(-x));
  }
}

void ferm_softmax(const float *input, float *output, int channels, int lanes, int pixels) {
#define AT(map, channel) map[((size_t)((channel) / lanes) * (size_t)pixels + (size_t)pixel) * (size_t)lanes + (size_t)((channel) % lanes)]
  for (int pixel = 0; pixel < pixels; pixel++) {
    float largest = AT(input, 0);
    for (int c = 1; c < channels; c++) largest = AT(input, c) > largest ? AT(input, c) : largest;
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      float power = exponential(AT(input, c) - largest);
      AT(output, c) = power;
      sum += power;
    }
    for (int c = 0; c < channels; c++) AT(output, c) = (float)(AT(output, c) / sum);
  }
#undef AT
  ferm_clear_lanes(output, channels, lanes, pixels);
}

void ferm_combine(int multiply, const float *a, ferm_extents a_size, const float *b, ferm_extents b_size,
                  float *output, ferm_extents size, int lanes) {
  const int *a_shape = a_size.of, *b_shape = b_size.of, *shape = size.of;
  int a_spread = a_shape[0] < shape[0], b_spread = b_shape[0] < shape[0]; /* one channel for all lanes */
  int a_step = a_shape[2] < shape[2] ? 0 : lanes, b_step = b_shape[2] < shape[2] ? 0 : lanes;
  float *to = output;
  for (int block = 0; block * lanes < shape[0]; block++)
    for (int y = 0; y < shape[1]; y++) {
      const float *x0 = a + (size_t)(((a_spread ? 0 : block) * a_shape[1] + (a_shape[1] < shape[1] ? 0 : y)) * a_shape[2]) * lanes;
      const float *x1 = b + (size_t)(((b_spread ? 0 : block) * b_shape[1] + (b_shape[1] < shape[1] ? 0 : y)) * b_shape[2]) * lanes;
      for (int x = 0; x < shape[2]; x++, x0 += a_step, x1 += b_step, to += lanes)
        if (a_spread || b_spread)
          for (int lane = 0; lane < lanes; lane++) {
            float left = x0[a_spread ? 0 : lane], right = x1[b_spread ? 0 : lane];
            to[lane] = multiply ? left * right : left + right;
          }
        else if (multiply)
          for (int lane = 0; lane < lanes; lane++) to[lane] = x0[lane] * x1[lane];
        else
          for (int lane = 0; lane < lanes; lane++) to[lane] = x0[lane] + x1[lane];
    }
  if (a_spread || b_spread) ferm_clear_lanes(output, shape[0], lanes, shape[1] * shape[2]);
}
