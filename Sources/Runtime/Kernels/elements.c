#include "FermKernels.h"

#pragma STDC FP_CONTRACT OFF

void ferm_max_pool(const float *input, float *output, size_t first, size_t last, int height, int width,
                   int out_height, int out_width, const int window[2], const int stride[2], const int pad[2]) {
  for (size_t plane = first; plane < last; plane++) {
    const float *from = input + plane * (size_t)height * (size_t)width;
    float *to = output + plane * (size_t)out_height * (size_t)out_width;
    for (int oy = 0; oy < out_height; oy++)
      for (int ox = 0; ox < out_width; ox++) {
        int y0 = oy * stride[0] - pad[0], x0 = ox * stride[1] - pad[1];
        int y1 = y0 + window[0] < height ? y0 + window[0] : height;
        int x1 = x0 + window[1] < width ? x0 + window[1] : width;
        if (y0 < 0) y0 = 0;
        if (x0 < 0) x0 = 0;
        float best = from[(size_t)y0 * (size_t)width + (size_t)x0];
        for (int y = y0; y < y1; y++)
          for (int x = x0; x < x1; x++) {
            float value = from[(size_t)y * (size_t)width + (size_t)x];
            if (value > best) best = value;
          }
        *to++ = best;
      }
  }
}

void ferm_average_pool(const float *input, float *output, size_t first, size_t last, int height, int width,
                       int out_height, int out_width) {
  for (size_t plane = first; plane < last; plane++) {
    const float *from = input + plane * (size_t)height * (size_t)width;
    float *to = output + plane * (size_t)out_height * (size_t)out_width;
    for (int oy = 0; oy < out_height; oy++)
      for (int ox = 0; ox < out_width; ox++) {
        int y0 = oy * height / out_height, y1 = ((oy + 1) * height + out_height - 1) / out_height;
        int x0 = ox * width / out_width, x1 = ((ox + 1) * width + out_width - 1) / out_width;
        float sum = 0;
        for (int y = y0; y < y1; y++)
          for (int x = x0; x < x1; x++) sum += from[(size_t)y * (size_t)width + (size_t)x];
        *to++ = sum / (float)((y1 - y0) * (x1 - x0));
      }
  }
}

void ferm_relu(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

void ferm_affine(const float *input, float *output, size_t count, float scale, float shift) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] * scale + shift;
}
