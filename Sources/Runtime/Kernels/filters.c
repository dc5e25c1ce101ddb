/* Filters in the order in which the kernels read them; for Winograd's algorithm, transformed first
   (templates/winograd.inl has the points and their meaning). */
#include "FermKernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* Finite points; infinity comes last and is not listed. */
static const double points_2[] = {0, 1, -1};
static const double points_3[] = {0, 1.25, -1.25, 0.5};
static const double points_4[] = {0, 0.75, -0.75, 1.5, -1.5};
static const double points_5[] = {0.25, -0.25, 0.75, -0.75, 1.75, -1.75};
static const double points_6[] = {0, 1, -1, 2, -2, 0.5, -0.5};

void ferm_winograd_filter_matrix(int m, double g[8][3]) {
  const double *points = m == 2 ? points_2 : m == 3 ? points_3 : m == 4 ? points_4 : m == 5 ? points_5 : points_6;
  for (int i = 0; i <= m; i++) {
    double scale = 1;
    for (int j = 0; j <= m; j++)
      if (j != i) scale *= points[i] - points[j];
    g[i][0] = 1 / scale, g[i][1] = points[i] / scale, g[i][2] = points[i] * points[i] / scale;
  }
  g[m + 1][0] = g[m + 1][1] = 0, g[m + 1][2] = 1;
}

static int panels_of(const ferm_kernels *kernels, int outputs) {
  return (outputs + kernels->columns - 1) / kernels->columns;
}

static int depth_of(const ferm_kernels *kernels, int channels) {
  return (channels + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
}

ferm_packed_panel ferm_winograd_panel(int m, int panels, int panel_group, int panel, size_t panel_size) {
  int start = panel / panel_group * panel_group, left = panels - start, together = panel_group < left ? panel_group : left;
  size_t products = (size_t)((m + 2) * (m + 2));
  return (ferm_packed_panel){((size_t)start * products + (size_t)(panel - start)) * panel_size, (size_t)together * panel_size};
}

/* The rows of F(2,3) for the outer two of a window's taps, and for its middle one. */
static void split_taps(double g[2][8][3]) {
  memset(g[1], 0, sizeof g[1]);
  for (int i = 0; i < 3; i++) {
    g[1][i][1] = g[0][i][0];
    g[0][i][2] = g[0][i][1], g[0][i][1] = 0;
  }
}

/* As many filters as are transformed together: one of each of so many outputs. */
enum { together = 8 };
typedef double doubles __attribute__((vector_size(together * sizeof(double))));
typedef float floats __attribute__((vector_size(together * sizeof(float))));
typedef uint32_t words __attribute__((vector_size(together * sizeof(float))));

uint16_t ferm_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* The same for the bits of some numbers at once. */
static inline __attribute__((always_inline)) void narrow_words(words *bits) {
  words is_nan = (words)((*bits & 0x7FFFFFFF) > 0x7F800000);
  *bits = (is_nan & (*bits >> 16 | 0x40)) | (~is_nan & (*bits + 0x7FFF + (*bits >> 16 & 1)) >> 16);
}

/* A channel's row of each product is made here and written at once: rows of a product lie so far from those of the next that
   the caches hold few of them. */
static inline __attribute__((always_inline)) void pack_transformed(const ferm_kernels *kernels, int m, int stride,
                                                                   const float *filters, int outputs, int channels,
                                                                   int panel_group, int narrow, int panel, void *packed) {
  enum { PRODUCTS = 64, COLUMNS = 64 };
  words rows[PRODUCTS][COLUMNS / together] = {{{0}}};
  double g[2][8][3];
  ferm_winograd_filter_matrix(stride == 2 ? 2 : m, g[0]);
  if (stride == 2) split_taps(g);
  int products = ferm_winograd_products(m, stride), side = stride == 2 ? m + 1 : m + 2, in_unit = narrow ? 2 : 1;
  int columns = kernels->columns, all = ferm_winograd_before(stride, products);
  int left = outputs - panel * columns, wanted = left < columns ? left : columns;
  size_t panel_size = (size_t)(depth_of(kernels, channels) / in_unit) * (size_t)columns;
  int start = panel / panel_group * panel_group, left_panels = panels_of(kernels, outputs) - start;
  int group = panel_group < left_panels ? panel_group : left_panels;
  uint32_t *to = (uint32_t *)packed + (size_t)(start * all) * panel_size;
  for (int c = 0; c < channels; c++) {
    for (int column = 0; column < wanted; column += together) {
      int count = wanted - column < together ? wanted - column : together;
      const float *f = filters + ((size_t)column * (size_t)channels + (size_t)c) * 9;
      doubles taps[9] = {0}, half[8][3];
      for (int k = 0; k < count; k++)
        for (int x = 0; x < 9; x++) taps[x][k] = f[(size_t)k * (size_t)channels * 9 + (size_t)x];
      for (int phase = 0; phase < stride * stride; phase++) {
        const double(*gy)[3] = g[phase / 2], (*gx)[3] = g[phase % 2];
        for (int i = 0; i < side; i++)
          for (int x = 0; x < 3; x++) half[i][x] = gy[i][0] * taps[x] + gy[i][1] * taps[3 + x] + gy[i][2] * taps[6 + x];
        for (int i = 0; i < side; i++)
          for (int j = 0; j < side; j++) {
            int slot = stride == 2 ? ferm_winograd_slot(phase, i * side + j) : 0;
            if (slot < 0) continue;
            floats sum =
                __builtin_convertvector(half[i][0] * gx[j][0] + half[i][1] * gx[j][1] + half[i][2] * gx[j][2], floats);
            words *row = &rows[ferm_winograd_before(stride, i * side + j) + slot][column / together];
            words bits = (words)sum;
            if (narrow) narrow_words(&bits);
            if (narrow && c % 2) bits = *row | bits << 16;
            if (count == together) *row = bits;
            else memcpy(row, &bits, sizeof(float) * (size_t)count);
          }
      }
    }
    if (narrow && c % 2 == 0 && c + 1 < channels) continue; /* its pair comes with the next */
    for (int e = 0; e < products; e++) {
      int before = ferm_winograd_before(stride, e), phases = ferm_winograd_phases(stride, e);
      uint32_t *row = to + (size_t)(group * before + (panel - start) * phases) * panel_size + (size_t)(c / in_unit * columns);
      for (int slot = 0; slot < phases; slot++, row += panel_size)
        for (int column = 0; column < columns; column += together)
          memcpy(row + column, &rows[before + slot][column / together], sizeof(words));
    }
  }
}

/* The same bits with any instructions; wide registers take half of the time. */
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void pack_avx512(const ferm_kernels *kernels, int m, int stride, const float *filters,
                                                           int outputs, int channels, int panel_group, int narrow, int panel,
                                                           void *packed) {
  pack_transformed(kernels, m, stride, filters, outputs, channels, panel_group, narrow, panel, packed);
}
#else
#define pack_avx512 pack_transformed
#endif

void ferm_winograd_pack(const ferm_kernels *kernels, int m, int stride, const float *filters, int outputs, int channels,
                        int panel_group, int narrow, int panel, void *packed) {
  if (kernels->set == FERM_SET_avx512)
    pack_avx512(kernels, m, stride, filters, outputs, channels, panel_group, narrow, panel, packed);
  else pack_transformed(kernels, m, stride, filters, outputs, channels, panel_group, narrow, panel, packed);
}

/* Channels of a tile's row, of all phases. */
static size_t depth_of_tile(const ferm_kernels *kernels, const ferm_winograd *w) {
  return (size_t)(w->blocks * kernels->lanes * ferm_winograd_phases(w->stride, 0));
}

size_t ferm_winograd_scratch(const ferm_kernels *kernels, const ferm_winograd *w, int shared) {
  size_t products = (size_t)ferm_winograd_products(w->m, w->stride), depth = depth_of_tile(kernels, w);
  size_t tiles = (size_t)w->tile_group;
  size_t sums = tiles * (size_t)(w->panel_group * kernels->columns) * (products + 1);
  size_t plane = w->pool && w->m % 2 ? (size_t)(2 * w->m * w->out_width * kernels->lanes) : 0;
  return (shared ? 0 : products * (tiles * depth / (w->narrow ? 2 : 1) + 16)) + sums + plane + 16;
}

size_t ferm_winograd_shared(const ferm_kernels *kernels, const ferm_winograd *w) {
  size_t tiles = (size_t)w->images * (size_t)(w->tiles_y * w->tiles_x);
  return (size_t)ferm_winograd_products(w->m, w->stride) * (tiles * depth_of_tile(kernels, w) / (w->narrow ? 2 : 1) + 16);
}

void ferm_depthwise_pack(const ferm_kernels *kernels, const float *filters, int first, int count, int window, float *packed) {
  for (int channel = first; channel < first + count; channel++) {
    float *to = packed + (size_t)(channel / kernels->lanes * window * kernels->lanes + channel % kernels->lanes);
    for (int tap = 0; tap < window; tap++) to[tap * kernels->lanes] = *filters++;
  }
}

void ferm_direct_pack(const ferm_kernels *kernels, const float *filters, int outputs, int channels_in_group, int groups,
                      int window, int first_channel, int taken, int narrow, int panel, void *packed) {
  int in_unit = narrow ? 2 : 1, columns = kernels->columns, in_group = outputs / groups;
  size_t panel_size = (size_t)columns * (size_t)(taken / in_unit) * (size_t)window;
  float *to_panel = (float *)packed + (size_t)panel * panel_size;
  memset(to_panel, 0, sizeof(float) * panel_size);
  for (int column = 0; column < columns && panel * columns + column < outputs; column++) {
    int skipped = (panel * columns + column) / in_group * channels_in_group - first_channel;
    for (int c = skipped; c < skipped + channels_in_group; c++)
      for (int k = c / in_unit * window; k < (c / in_unit + 1) * window; k++) {
        float *to = to_panel + (size_t)(k * columns + column);
        if (narrow) ((uint16_t *)to)[c % 2] = ferm_bf16(*filters++);
        else *to = *filters++;
      }
  }
}

/* Tile by tile, so that neither the rows that are read nor the panel that is written leaves the first cache. `places` says
   where each of the tile's inputs goes in a panel's first column; the next column's is `steps` on. */
#define LINEAR_PACK(type)                                                                             \
  for (int panel = 0; panel < panels; panel++) {                                                      \
    int first = panel * (int)columns, end = first + (int)columns, last = end < outputs ? end : outputs; \
    type *to = (type *)packed + (size_t)panel * depth * columns;                         \
    for (int output = first; output < last; output++) {                                               \
      const type *from = (const type *)weights + (size_t)output * inputs + start;                     \
      for (size_t i = 0; i < count; i++) to[places[i] + steps * (size_t)(output - first)] = from[i];  \
    }                                                                                                 \
  }

void ferm_linear_pack(const ferm_kernels *kernels, const void *weights, int bytes, int outputs, int channels, int pixels,
                      void *packed) {
  enum { TILE = 256 };
  size_t places[TILE];
  size_t columns = (size_t)kernels->columns, lanes = (size_t)kernels->lanes;
  size_t steps = sizeof(uint32_t) / (size_t)bytes;
  size_t depth = (size_t)depth_of(kernels, channels) * (size_t)pixels, inputs = (size_t)channels * (size_t)pixels;
  int panels = panels_of(kernels, outputs);
  for (size_t start = 0; start < inputs; start += TILE) {
    size_t count = start + TILE < inputs ? TILE : inputs - start;
    for (size_t i = 0; i < count; i++) {
      size_t channel = (start + i) / (size_t)pixels, pixel = (start + i) % (size_t)pixels;
      size_t k = (channel / lanes * (size_t)pixels + pixel) * lanes + channel % lanes;
      places[i] = k / steps * steps * columns + k % steps;
    }
    switch (bytes) {
      case 1: LINEAR_PACK(uint8_t) break;
      case 2: LINEAR_PACK(uint16_t) break;
      default: LINEAR_PACK(uint32_t) break;
    }
  }
}

/* An IEEE binary16 as the float of the same value: 2^112 moves the exponent's bias, and makes subnormal numbers normal. */
static float widened(uint16_t half) {
  int32_t bits = (int32_t)((uint32_t)half << 16) >> 3 & (int32_t)0x8FFFE000;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value * 0x1p112f;
}

void ferm_linear_pairs(const ferm_kernels *kernels, int type, const void *packed, int depth, int panel, void *pairs) {
  size_t columns = (size_t)kernels->columns, size = (size_t)depth * columns, first = (size_t)panel * size;
  uint16_t *to = (uint16_t *)pairs + first;
  if (type == FERM_FP16) {
    const uint16_t *from = (const uint16_t *)packed + first;
    for (size_t i = 0; i < size; i++) to[i] = ferm_bf16(widened(from[i]));
    return;
  }
  const float *from = (const float *)packed + first;
  for (size_t k = 0; k < size; k += 2 * columns)
    for (size_t column = 0; column < columns; column++) {
      to[k + 2 * column] = ferm_bf16(from[k + column]);
      to[k + 2 * column + 1] = ferm_bf16(from[k + columns + column]);
    }
}

void ferm_linear_sums(const ferm_kernels *kernels, const void *packed, int depth, int panels, int panel, int32_t *sums) {
  int columns = kernels->columns, steps = depth / 4;
  const uint32_t *units = (const uint32_t *)packed + (size_t)panel * (size_t)steps * (size_t)columns;
  for (int first = 0; first < steps; first += FERM_EXACT_FOURS) {
    int32_t *to = sums + ((size_t)(first / FERM_EXACT_FOURS) * (size_t)panels + (size_t)panel) * (size_t)columns;
    for (int k = first; k < steps && k < first + FERM_EXACT_FOURS; k++, units += columns)
      for (int column = 0; column < columns; column++) {
        uint32_t unit = units[column];
        to[column] += ((int32_t)unit >> 24) + ((int32_t)(unit << 8) >> 24) + ((int32_t)(unit << 16) >> 24) +
                      ((int32_t)(unit << 24) >> 24);
      }
  }
}
