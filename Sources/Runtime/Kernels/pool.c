#include "FermKernels.h"

#pragma STDC FP_CONTRACT OFF

/* Rows y0 to y1 and columns x0 to x1 of the input, without the ends. */
typedef struct {
  int y0, y1, x0, x1;
} field;

/* What a window sees of the input; the rest of it is padding. */
static inline field windowed(ferm_window w, int oy, int ox, int height, int width) {
  int y = oy * w.stride[0] - w.pad[0], x = ox * w.stride[1] - w.pad[1];
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

/* One row of outputs of a large window: every column of its rows first, then across those. */
static void split_row(int is_max, ferm_window w, const float *from, int oy, int height, int width, int lanes, float *columns,
                      float *to, int out_width, int whole) {
  field f = windowed(w, oy, 0, height, width);
  for (int x = 0; x < width; x++) {
    field column = {f.y0, f.y1, x, x + 1};
    if (is_max) largest(from, width, column, lanes, columns + (size_t)x * (size_t)lanes);
    else mean(from, width, column, 1, lanes, columns + (size_t)x * (size_t)lanes);
  }
  for (int ox = 0; ox < out_width; ox++, to += lanes) {
    field seen = windowed(w, oy, ox, height, width), across = {0, 1, seen.x0, seen.x1};
    if (is_max) largest(columns, width, across, lanes, to);
    else mean(columns, width, across, whole ? w.window[0] * w.window[1] : (seen.y1 - seen.y0) * (seen.x1 - seen.x0), lanes, to);
  }
}

void ferm_pool(ferm_pooling kind, ferm_window w, const float *input, size_t pitch, float *output, size_t out_pitch,
               int blocks, int lanes, size_t first, size_t last, int height, int width, int out_height, int out_width,
               float *columns) {
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * pitch + block * (size_t)(height * width * lanes);
    float *to = output + image * out_pitch + block * (size_t)(out_height * out_width * lanes);
    for (int oy = 0; columns && oy < out_height; oy++, to += (size_t)out_width * (size_t)lanes)
      split_row(kind == FERM_WINDOW_MAX, w, from, oy, height, width, lanes, columns, to, out_width,
                kind == FERM_WHOLE_WINDOW_MEAN);
    for (int oy = 0; !columns && oy < out_height; oy++)
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
