/* The loops that the runtime spends its time in. Maps lie as [C][N][H][W]: one channel of the whole batch is contiguous,
   so that a convolution over the batch is one matrix product whose columns are the batch's pixels.
   Nothing here allocates, and every function works on the caller's memory alone. */
#ifndef FERM_KERNELS_H
#define FERM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* ---- choice of instruction set ---- */

typedef enum { FERM_ISA_PORTABLE = 0, FERM_ISA_AVX2 = 1 } ferm_isa;

/* The best that this processor has. */
ferm_isa ferm_isa_best(void);

/* ---- convolution as a matrix product ---- */

enum { FERM_ROWS = 6, FERM_COLUMNS = 16 };

typedef struct {
  ferm_isa isa;
  int parts; /* tasks that share the work; each needs scratch of its own */
  /* input [groups * channels][images][height][width] */
  int channels, images, height, width;
  /* output [groups * outputs][images][out_height][out_width] */
  int outputs, out_height, out_width;
  int kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
  int group, relu;
  const float *weights; /* of this group, packed by ferm_convolution_pack */
  const float *bias;    /* outputs numbers, or NULL */
  const float *input;
  float *output;
  float *scratch; /* parts * ferm_convolution_scratch() floats */
} ferm_convolution;

/* Floats of one packed group: outputs rounded up to FERM_ROWS, times depth. */
size_t ferm_convolution_packed(int outputs, int depth);
/* Packs weights [outputs][depth] into panels [outputs / FERM_ROWS][depth][FERM_ROWS], zero-filled. */
void ferm_convolution_pack(const float *weights, int outputs, int depth, float *packed);
/* Floats of scratch for one part. */
size_t ferm_convolution_scratch(void);
/* Computes part `index` of the ferm_convolution at `context`. Each output is one chain of products over the depth,
   so its bits depend neither on the number of parts nor on the other images. */
void ferm_convolution_task(void *context, size_t index);

/* ---- windows and elements; each call does planes (channel, image) first ..< last ---- */

void ferm_max_pool(const float *input, float *output, size_t first, size_t last, int height, int width,
                   int out_height, int out_width, const int window[2], const int stride[2], const int pad[2]);
void ferm_average_pool(const float *input, float *output, size_t first, size_t last, int height, int width,
                       int out_height, int out_width);
void ferm_relu(const float *input, float *output, size_t count);
/* output = input * scale + shift over one channel of the batch. */
void ferm_affine(const float *input, float *output, size_t count, float scale, float shift);

/* ---- 8-bit images (spec section 8) ---- */

/* Luma of interleaved RGB: (19595 R + 38470 G + 7471 B + 32768) >> 16. */
void ferm_grey(const uint8_t *rgb, uint8_t *grey, size_t pixels);
/* Bilinear resize with antialiasing of interleaved pixels; source rows are source_stride bytes apart, the result is dense.
   Returns 0, or -1 when there is no memory for its tables. */
int ferm_resize(const uint8_t *source, size_t source_stride, int source_width, int source_height, int channels,
                uint8_t *result, int width, int height);

#endif
