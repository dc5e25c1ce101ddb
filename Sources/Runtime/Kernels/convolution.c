#include "FermKernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* A block of DEPTH x (FERM_COLUMNS * PANELS) inputs stays in the second-level cache while all weights pass by. */
enum { DEPTH = 256, PANELS = 12 };

size_t ferm_convolution_packed(int outputs, int depth) {
  return (size_t)((outputs + FERM_ROWS - 1) / FERM_ROWS) * FERM_ROWS * (size_t)depth;
}

void ferm_convolution_pack(const float *weights, int outputs, int depth, float *packed) {
  for (int row = 0; row < outputs; row += FERM_ROWS)
    for (int k = 0; k < depth; k++)
      for (int r = 0; r < FERM_ROWS; r++)
        *packed++ = row + r < outputs ? weights[(size_t)(row + r) * depth + k] : 0;
}

size_t ferm_convolution_scratch(void) { return (size_t)DEPTH * FERM_COLUMNS * PANELS; }

/* ---- packing: FERM_COLUMNS output pixels, depth first ..< last, gathered from the input ---- */

/* A run of output pixels in one row of one image. */
typedef struct {
  int start, count; /* columns within the panel */
  int image, y, x;  /* the first of them */
} run;

static int split_into_runs(const ferm_convolution *c, size_t first, int count, run runs[FERM_COLUMNS]) {
  size_t pixels = (size_t)c->out_height * (size_t)c->out_width;
  int n = 0;
  for (int done = 0; done < count; n++) {
    size_t column = first + (size_t)done, pixel = column % pixels;
    int x = (int)(pixel % (size_t)c->out_width), room = c->out_width - x;
    int take = count - done < room ? count - done : room;
    runs[n] = (run){done, take, (int)(column / pixels), (int)(pixel / (size_t)c->out_width), x};
    done += take;
  }
  return n;
}

static void gather_run(const ferm_convolution *c, const run *r, const float *plane, int ky, int kx, float *row) {
  float *to = row + r->start;
  int y = r->y * c->stride_height + ky - c->pad_top;
  if (y < 0 || y >= c->height) {
    memset(to, 0, sizeof(float) * (size_t)r->count);
    return;
  }
  const float *line = plane + ((size_t)r->image * (size_t)c->height + (size_t)y) * (size_t)c->width;
  int x = r->x * c->stride_width + kx - c->pad_left;
  if (c->stride_width != 1) {
    for (int i = 0; i < r->count; i++, x += c->stride_width) to[i] = x >= 0 && x < c->width ? line[x] : 0;
    return;
  }
  /* At step 1: zeros left of the map, a copy, zeros right of it. */
  int first = x < 0 ? -x : 0, last = c->width - x < r->count ? c->width - x : r->count;
  int i = 0;
  for (; i < first && i < r->count; i++) to[i] = 0;
  for (; i < last; i++) to[i] = line[x + i];
  for (; i < r->count; i++) to[i] = 0;
}

static void pack_panel(const ferm_convolution *c, size_t first, int count, int k0, int k1, float *packed) {
  run runs[FERM_COLUMNS];
  int n = split_into_runs(c, first, count, runs);
  int window = c->kernel_height * c->kernel_width;
  size_t plane = (size_t)c->images * (size_t)c->height * (size_t)c->width;
  const float *input = c->input + (size_t)c->group * (size_t)c->channels * plane;
  /* One run inside the map, at step 1, is a plain copy: most panels of a large map. */
  int x0 = runs[0].x - c->pad_left;
  int plain = n == 1 && count == FERM_COLUMNS && c->stride_width == 1 && x0 >= 0 &&
              x0 + c->kernel_width - 1 + FERM_COLUMNS <= c->width;
  int channel = k0 / window, ky = k0 % window / c->kernel_width, kx = k0 % window % c->kernel_width - 1;
  for (int k = k0; k < k1; k++, packed += FERM_COLUMNS) {
    if (++kx == c->kernel_width) {
      kx = 0;
      if (++ky == c->kernel_height) ky = 0, channel++;
    }
    const float *from = input + (size_t)channel * plane;
    if (plain) {
      int y = runs[0].y * c->stride_height + ky - c->pad_top;
      if (y >= 0 && y < c->height)
        memcpy(packed, from + ((size_t)runs[0].image * (size_t)c->height + (size_t)y) * (size_t)c->width + x0 + kx,
               sizeof(float) * FERM_COLUMNS);
      else
        memset(packed, 0, sizeof(float) * FERM_COLUMNS);
      continue;
    }
    for (int i = 0; i < n; i++) gather_run(c, &runs[i], from, ky, kx, packed);
    for (int i = count; i < FERM_COLUMNS; i++) packed[i] = 0;
  }
}

/* ---- the microkernel: a tile of FERM_ROWS x FERM_COLUMNS sums over the depth ---- */

static void multiply_portable(const float *weights, const float *columns, int depth, float *tile) {
  for (int k = 0; k < depth; k++, weights += FERM_ROWS, columns += FERM_COLUMNS)
    for (int r = 0; r < FERM_ROWS; r++)
      for (int i = 0; i < FERM_COLUMNS; i++) tile[r * FERM_COLUMNS + i] += weights[r] * columns[i];
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,fma"))) static void multiply_avx2(const float *weights, const float *columns, int depth,
                                                              float *tile) {
  __m256 sum[FERM_ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < FERM_ROWS; r++) {
    sum[r][0] = _mm256_loadu_ps(tile + r * FERM_COLUMNS);
    sum[r][1] = _mm256_loadu_ps(tile + r * FERM_COLUMNS + 8);
  }
  for (int k = 0; k < depth; k++, weights += FERM_ROWS, columns += FERM_COLUMNS) {
    __m256 left = _mm256_loadu_ps(columns), right = _mm256_loadu_ps(columns + 8);
#pragma clang loop unroll(full)
    for (int r = 0; r < FERM_ROWS; r++) {
      __m256 weight = _mm256_broadcast_ss(weights + r);
      sum[r][0] = _mm256_fmadd_ps(weight, left, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(weight, right, sum[r][1]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < FERM_ROWS; r++) {
    _mm256_storeu_ps(tile + r * FERM_COLUMNS, sum[r][0]);
    _mm256_storeu_ps(tile + r * FERM_COLUMNS + 8, sum[r][1]);
  }
}
#endif

ferm_isa ferm_isa_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return FERM_ISA_AVX2;
#endif
  return FERM_ISA_PORTABLE;
}

static void multiply(ferm_isa isa, const float *weights, const float *columns, int depth, float *tile) {
#if defined(__x86_64__)
  if (isa == FERM_ISA_AVX2) {
    multiply_avx2(weights, columns, depth, tile);
    return;
  }
#endif
  (void)isa;
  multiply_portable(weights, columns, depth, tile);
}

/* ---- one tile: earlier sums in, products added, bias and ReLU on the last pass, sums out ---- */

static void tile_step(const ferm_convolution *c, int row, size_t column, int count, int k0, int k1, int depth,
                      const float *columns, size_t all) {
  float tile[FERM_ROWS * FERM_COLUMNS];
  int rows = c->outputs - row < FERM_ROWS ? c->outputs - row : FERM_ROWS;
  float *output = c->output + ((size_t)c->group * (size_t)c->outputs + (size_t)row) * all + column;
  if (k0 == 0)
    memset(tile, 0, sizeof tile);
  else
    for (int r = 0; r < rows; r++)
      memcpy(tile + r * FERM_COLUMNS, output + (size_t)r * all, sizeof(float) * (size_t)count);
  multiply(c->isa, c->weights + (size_t)row * (size_t)depth + (size_t)k0 * FERM_ROWS, columns, k1 - k0, tile);
  if (k1 == depth)
    for (int r = 0; r < rows; r++) {
      float bias = c->bias ? c->bias[c->group * c->outputs + row + r] : 0;
      for (int i = 0; i < FERM_COLUMNS; i++) {
        float value = tile[r * FERM_COLUMNS + i] + bias;
        tile[r * FERM_COLUMNS + i] = c->relu && value < 0 ? 0 : value;
      }
    }
  for (int r = 0; r < rows; r++)
    memcpy(output + (size_t)r * all, tile + r * FERM_COLUMNS, sizeof(float) * (size_t)count);
}

void ferm_convolution_task(void *context, size_t index) {
  const ferm_convolution *c = context;
  size_t all = (size_t)c->images * (size_t)c->out_height * (size_t)c->out_width;
  size_t panels = (all + FERM_COLUMNS - 1) / FERM_COLUMNS;
  size_t strips = ((size_t)c->outputs + FERM_ROWS - 1) / FERM_ROWS;
  size_t parts = (size_t)c->parts;
  size_t panel0 = 0, panel1 = panels, strip0 = 0, strip1 = strips;
  if (panels >= 4 * parts) {
    panel0 = panels * index / parts, panel1 = panels * (index + 1) / parts;
  } else { /* few pixels: the parts share the output channels instead */
    strip0 = strips * index / parts, strip1 = strips * (index + 1) / parts;
    if (strip0 == strip1) return;
  }
  int depth = c->channels * c->kernel_height * c->kernel_width;
  float *packed = c->scratch + index * ferm_convolution_scratch();
  for (size_t block = panel0; block < panel1; block += PANELS) {
    size_t end = block + PANELS < panel1 ? block + PANELS : panel1;
    for (int k0 = 0; k0 < depth; k0 += DEPTH) {
      int k1 = k0 + DEPTH < depth ? k0 + DEPTH : depth;
      size_t panel_size = (size_t)(k1 - k0) * FERM_COLUMNS;
      for (size_t p = block; p < end; p++) {
        size_t column = p * FERM_COLUMNS;
        int count = all - column < FERM_COLUMNS ? (int)(all - column) : FERM_COLUMNS;
        pack_panel(c, column, count, k0, k1, packed + (p - block) * panel_size);
      }
      for (size_t strip = strip0; strip < strip1; strip++)
        for (size_t p = block; p < end; p++) {
          size_t column = p * FERM_COLUMNS;
          int count = all - column < FERM_COLUMNS ? (int)(all - column) : FERM_COLUMNS;
          tile_step(c, (int)strip * FERM_ROWS, column, count, k0, k1, depth, packed + (p - block) * panel_size, all);
        }
    }
  }
}
