#include "FermKernels.h"

#pragma STDC FP_CONTRACT OFF

/* Rows y0 to y1 and columns x0 to x1 of the input, without the ends. */
typedef struct {
  int y0, y1, x0, x1;
} field;

/* What a window sees of the input; the rest of it is padding. */
static inline field windowed(ferm_window w, int oy, int ox, int height, int width) {
  int y = oy * w.step[0] - w.pad[0], x = ox * w.step[1] - w.pad[1];
  return (field){y < 0 ? 0 : y, y + w.window[0] < height ? y + w.window[0] : height, x < 0 ? 0 : x,
                 x + w.window[1] < width ? x + w.window[1] : width};
}

/* The region of an adaptive pool; regions overlap where the sizes do not divide. */
static inline field region(int oy, int ox, int height, int width, int out_height, int out_width) {
  return (field){oy * height / out_height, ((oy + 1) * height + out_height - 1) / out_height, ox * width / out_width,
                 ((ox + 1) * width + out_width - 1) / out_width};
}

static inline void largest(const float *from, int width, field f, int lanes, float *to) {
  for (int lane = 0; lane < lanes; lane++) to[lane] = from[(f.y0 * width + f.x0) * lanes + lane];
  for (int y = f.y0; y < f.y1; y++)
    for (int x = f.x0; x < f.x1; x++) {
      const float *pixel = from + (y * width + x) * lanes;
      for (int lane = 0; lane < lanes; lane++) to[lane] = to[lane] > pixel[lane] ? to[lane] : pixel[lane];
    }
}

static inline void mean(const float *from, int width, field f, int count, int lanes, float *to) {
  for (int lane = 0; lane < lanes; lane++) to[lane] = 0;
  for (int y = f.y0; y < f.y1; y++)
    for (int x = f.x0; x < f.x1; x++)
      for (int lane = 0; lane < lanes; lane++) to[lane] += from[(y * width + x) * lanes + lane];
  for (int lane = 0; lane < lanes; lane++) to[lane] /= (float)count;
}

void ferm_pool(ferm_pooling kind, ferm_window w, const float *input, size_t stride, float *output, size_t out_stride,
               int blocks, int lanes, size_t first, size_t last, int height, int width, int out_height, int out_width) {
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * stride + block * (size_t)(height * width * lanes);
    float *to = output + image * out_stride + block * (size_t)(out_height * out_width * lanes);
    for (int oy = 0; oy < out_height; oy++)
      for (int ox = 0; ox < out_width; ox++, to += lanes) {
        field f = kind == FERM_REGION_MEAN ? region(oy, ox, height, width, out_height, out_width)
                                           : windowed(w, oy, ox, height, width);
        if (kind == FERM_WINDOW_MAX)
          largest(from, width, f, lanes, to);
        else
          mean(from, width, f,
               kind == FERM_WHOLE_WINDOW_MEAN ? w.window[0] * w.window[1] : (f.y1 - f.y0) * (f.x1 - f.x0), lanes, to);
      }
  }
}
