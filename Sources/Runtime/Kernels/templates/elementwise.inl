/* Elements, a register at a time. No multiply-add is fused here, so that every instruction set gives the same bits. */

static void NAME(sigmoid)(const float *input, float *output, size_t count) { activate(input, output, count, 0); }
static void NAME(silu)(const float *input, float *output, size_t count) { activate(input, output, count, 1); }

static void NAME(relu)(const float *input, float *output, size_t count) {
  size_t i = 0;
  ROLLED for (; i + LANES <= count; i += LANES) store(output + i, rectified(load(input + i)));
  ROLLED for (; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

static void NAME(clip)(const float *input, float *output, size_t count, float low, float high) {
  bound(input, output, count, low, high, 0);
}
static void NAME(hard_swish)(const float *input, float *output, size_t count) { bound(input, output, count, 0, 0, 1); }

static void NAME(prelu)(const float *input, float *output, int blocks, int pixels, const float *slope) {
  for (int block = 0; block < blocks; block++, slope += LANES) {
    vec factor = load(slope);
    ROLLED for (int pixel = 0; pixel < pixels; pixel++, input += LANES, output += LANES) {
      vec x = load(input);
      store(output, x >= 0.0f ? x : x * factor);
    }
  }
}

static int NAME(all_finite)(const float *numbers, size_t count) {
  int_vec most = (int_vec)0;
  size_t i = 0;
  ROLLED for (; i + LANES <= count; i += LANES) {
    int_vec bits = __builtin_bit_cast(int_vec, load(numbers + i)) & 0x7FFFFFFF; /* in the order of the magnitudes, infinity and NaN last */
    most = bits > most ? bits : most;
  }
  int32_t largest = 0;
  ROLLED for (int lane = 0; lane < LANES; lane++) largest = most[lane] > largest ? most[lane] : largest;
  ROLLED for (; i < count; i++) {
    int32_t bits = __builtin_bit_cast(int32_t, numbers[i]) & 0x7FFFFFFF;
    largest = bits > largest ? bits : largest;
  }
  return largest < 0x7F800000;
}

static void NAME(affine)(const float *input, float *output, int blocks, int pixels, const float *scale, const float *shift) {
  for (int block = 0; block < blocks; block++, scale += LANES, shift += LANES) {
    vec factor = load(scale), more = load(shift);
    ROLLED for (int pixel = 0; pixel < pixels; pixel++, input += LANES, output += LANES)
      store(output, load(input) * factor + more);
  }
}

static void NAME(softmax)(const float *input, float *output, int channels, int lanes, int pixels) {
#define AT(map, channel) map[((size_t)((channel) / lanes) * (size_t)pixels + (size_t)pixel) * (size_t)lanes + (size_t)((channel) % lanes)]
  for (int pixel = 0; pixel < pixels; pixel++) {
    float largest = AT(input, 0);
    ROLLED for (int c = 1; c < channels; c++) largest = AT(input, c) > largest ? AT(input, c) : largest;
    double sum = 0;
    for (int c = 0; c < channels; c += LANES) {
      int count = smaller(LANES, channels - c);
      float powers[LANES] = {0};
      ROLLED for (int i = 0; i < count; i++) powers[i] = AT(input, c + i) - largest;
      store(powers, exponential(load(powers)));
      ROLLED for (int i = 0; i < count; i++) AT(output, c + i) = powers[i], sum += powers[i];
    }
    ROLLED for (int c = 0; c < channels; c++) AT(output, c) = (float)(AT(output, c) / sum);
  }
#undef AT
  ferm_clear_lanes(output, channels, lanes, pixels);
}

static void NAME(combine)(int multiply, const float *a, ferm_extents a_size, const float *b, ferm_extents b_size,
                          float *output, ferm_extents size) {
  const int *a_shape = a_size.of, *b_shape = b_size.of, *shape = size.of;
  int a_spread = a_shape[0] < shape[0], b_spread = b_shape[0] < shape[0]; /* one channel for all lanes */
  int a_pitch = a_shape[2] < shape[2] ? 0 : LANES, b_pitch = b_shape[2] < shape[2] ? 0 : LANES;
  float *to = output;
  for (int block = 0; block * LANES < shape[0]; block++)
    for (int y = 0; y < shape[1]; y++) {
      const float *x0 = a + (size_t)(((a_spread ? 0 : block) * a_shape[1] + (a_shape[1] < shape[1] ? 0 : y)) * a_shape[2]) * LANES;
      const float *x1 = b + (size_t)(((b_spread ? 0 : block) * b_shape[1] + (b_shape[1] < shape[1] ? 0 : y)) * b_shape[2]) * LANES;
      ROLLED for (int x = 0; x < shape[2]; x++, x0 += a_pitch, x1 += b_pitch, to += LANES) {
        vec left = a_spread ? splat(x0[0]) : load(x0), right = b_spread ? splat(x1[0]) : load(x1);
        store(to, multiply ? left * right : left + right);
      }
    }
  if (a_spread || b_spread) ferm_clear_lanes(output, shape[0], LANES, shape[1] * shape[2]);
}
