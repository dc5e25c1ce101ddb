/* The loops that training spends its time in, beside those of the runtime (FermKernels.h), whose layout of maps and whose
   matrix product they share.

   Each function takes pieces of work until none is left; `part` says whose scratch to use, and each part calls it at once.
   Which part takes a piece changes no bit: no sum is split between pieces, or its parts are added in a fixed order later. */
#ifndef FERM_TRAIN_KERNELS_H
#define FERM_TRAIN_KERNELS_H

#include "FermKernels.h"

/* ---- 3x3 convolution by Winograd's algorithm: filters of this step, and their gradient ---- */

/* Filters [outputs][channels][3][3] as ferm_winograd reads them, in single precision. When `turned`, those of the convolution
   that carries gradients back: [channels][outputs][3][3] turned by half a circle. */
typedef struct {
  int m, outputs, channels, turned;
  int panel_group; /* of ferm_winograd */
  const float *filters;
  float *packed;
  int64_t next;
} ferm_filters;

/* gradient [outputs][channels][3][3] = sum over tiles of transformed inputs times transformed output gradients, turned back.

   A group of images is transformed into v and w, then multiplied; sums go on from group to group. */
typedef struct {
  ferm_winograd map; /* the forward convolution with its input */
  const float *dy;   /* its outputs' gradient, in blocks */
  size_t dy_pitch;
  int channels, outputs;
  int first_image, images; /* of this group */
  int is_first, is_last;   /* of the groups */
  int tiles;               /* of this group; with narrow products pairs of them, which may be of neighbouring images */
  float *v;                /* [product][block][tile][lane] */
  float *w;                /* [panel][product][tile][column] */
  size_t v_pitch, w_pitch; /* floats from one product to the next */
  const int32_t *offsets;  /* [tiles]: multiples of lanes */
  float *sums; /* [panel][block][product][lane][column]; where one group is all, those of one piece for each part */
  int block_group; /* blocks of input channels in a piece */
  float *bias; /* [image of the batch][out_blocks * lanes]: each image's sum of dy */
  float *gradient;
  int accumulate; /* add to what `gradient` holds */
  int64_t next;
} ferm_filter_gradient;

/* ---- the gradient of a first layer's filters, whose inputs need none ---- */

typedef struct {
  ferm_direct map; /* the forward convolution with its input */
  const float *dy; /* its outputs' gradient, in blocks, map.out_pitch floats from one image to the next */
  float *sums;     /* [image][depth + 1][out_blocks * lanes]: each image's filter gradients, and its sum of dy */
  int64_t next;
} ferm_thin_gradient;

/* ---- convolution by its definition, of maps: forward, back to inputs, and its filters' gradient ---- */

/* Results that take the same taps of the window: going forward all of them; going back, where there is a stride, pixels of the
   input that lie a stride apart. */
typedef struct {
  int pixels; /* of an image */
  int taps;   /* none where no output saw these pixels */
  const int32_t *tap_numbers;   /* [taps]: the places of those in the window */
  int depth;                    /* steps of a sum: channels * taps; with narrow products, pairs of channels * taps */
  const int32_t *offsets;       /* [depth]: where what a result takes lies from the first of it, in units */
  const int32_t *pixel_offsets; /* [together * pixels]: where that first of it lies, in units */
  const int32_t *out_offsets;   /* [together * pixels]: where a result lies */
  float *filters;               /* [panels][depth][columns] */
} ferm_phase;

/* Filters as the network has them: from one of a result's channels, or of what it is made from, to the next. */
typedef struct {
  int outputs, channels;
  ptrdiff_t from_output, from_channel;
  const float *weights;
} ferm_phase_filters;

/* `map` has what is read and where results go; its bias may be NULL, and what phases have of their own it lacks. */
typedef struct {
  ferm_direct map;
  ferm_phase_filters filters;
  size_t block_pitch; /* floats from one block of results to the next */
  int stream;         /* whether results go past the caches: for maps that would fill them; aligned to registers */
  const ferm_phase *phases;
  int count;
  int64_t next;
} ferm_phases;

/* gradient [outputs][channels][taps] = sum over pixels of dy, times of x what the tap saw of it.

   The rows of its products are blocks of x, read where they lie, and their columns panels of dy, which are copied. Where 1x1 windows
   at stride 1 make both alike, they may be `swapped`: x then stands for dy, dy for x. */
typedef struct {
  int images, channels, outputs, blocks, out_blocks, panels; /* blocks of x; blocks and panels of dy */
  int swapped;
  int pixels, taps;
  const float *x, *dy;
  size_t pitch, dy_pitch; /* floats from one image to the next */
  size_t plane;           /* floats from one block of x to the next */
  const int32_t *places;  /* [taps][pixels]: where in a plane lies what a pixel saw, or -1 for padding */
  int gathers;            /* whether x is copied for each tap, as it must be for padding and narrow products, and may be */
  int together;           /* images that are multiplied at a time */
  const int32_t *offsets; /* [units of together * pixels]: where a step's x lies from the first one's */
  int block_group, panel_group; /* blocks and panels of a piece of work */
  int parts;              /* of the batch, whose sums are added in order */
  float *sums;            /* [parts][panels][blocks][taps][lanes][columns]; NULL where there is one part */
  float *bias;            /* [images][out_blocks * lanes]: each image's sum of dy; or NULL */
  float *gradient;
  int accumulate; /* add to what `gradient` holds */
  float *scratch; /* of a part: panel_group * units of together * pixels rows of columns, as many units of lanes, and the sums of a
                     piece of work */
  size_t scratch_size;
  int64_t next;
} ferm_direct_gradient;

/* ---- depthwise convolution, back ---- */

/* An input's gradient is a sum over the outputs whose windows saw it: along one axis `count` taps, each `tap_step` behind the one
   before, of outputs that lie `at_step` before the one before. */
typedef struct {
  int32_t tap, count, at; /* the first tap, and its output */
} ferm_seen;

typedef struct {
  ferm_depthwise map; /* the forward convolution, its input and filters */
  const float *dy;    /* its outputs' gradient, in blocks, map.out_pitch floats from one image to the next */
  /* For the gradient of the input: */
  float *dx;
  const ferm_seen *rows, *columns; /* [height] and [width] */
  int tap_step[2], at_step[2];     /* down and across */
  /* For that of the filters, in so many parts of the batch: */
  int parts;
  float *sums; /* [part][block][window][lane] */
  int channels;
  float *gradient; /* [channels][window] */
  int accumulate;  /* add to what `gradient` holds */
  int64_t next;
} ferm_depthwise_gradient;

/* ---- sums over planes, and a factor for each plane ---- */

/* Maps [image][block][pixel][lane], and a number for each plane, [image][block][lane]. One piece of work is an image. */
typedef struct {
  int images, blocks, pixels;
  int mean; /* whether sums, and factors, are divided by the pixels */
  const float *x;
  float *sums;    /* of x, or of x times y; or NULL */
  const float *y; /* or NULL */
  float *products; /* x times factors; where x is NULL, factors repeated; or NULL */
  const float *factors;
  int adds;   /* whether factors are added to x instead; products may then be x itself */
  int stream; /* whether products go past the caches */
  int64_t next;
} ferm_planes;

/* ---- batch normalisation, with the activation and the 2x2 max pooling that follow it ---- */

typedef struct {
  int kind;        /* ferm_activation */
  float low, high; /* of FERM_CLIP */
} ferm_map_activation;

/* One piece of work is a plane, a block of channels of an image, or some small ones. */
typedef struct {
  int images, channels, blocks, height, width;
  const float *x;
  const float *mean, *scale, *shift; /* [blocks * lanes] */
  ferm_map_activation activation;
  int pool;   /* behind no activation, or ReLU */
  int stream; /* whether y or dx goes past the caches */
  float *y;
  uint8_t *winners; /* for pooling: which of a window's four was largest, or 4 where ReLU was zero */
  const float *dy;  /* of what followed last: pooled if `pool` */
  const float *a, *b, *c; /* dx = a dy' + b (x - mean) + c, dy' being dy before pooling and activation */
  float *dx; /* may be dy; beside sums it gets dy' of SiLU, hard-swish or a sigmoid, where it is not NULL */
  float *sums; /* [image][2][blocks * lanes]: of x and (x - its mean)^2; or of dy' and dy' (x - mean) */
  int64_t next;
} ferm_norm;

/* The sums of a batch norm's planes, put together in double precision in the order of the images. One piece of work is a block of
   channels. */
typedef struct {
  int images, blocks;
  const float *sums; /* [image][2][blocks * lanes], of a ferm_norm */
  int moments;       /* whether they are of x, and mean and biased variance are wanted (Chan et al., 1979); or both sums are */
  double pixels;     /* of a plane */
  double *totals;    /* [2][blocks * lanes] */
  int64_t next;
} ferm_norm_totals;

/* ---- sums and products of maps of one shape ---- */

/* x scale + shift, by channel. */
typedef struct { const float *x, *scale, *shift; } ferm_operand;

/* One piece of work is a plane, or some small ones. The result may lie where an operand does. */
typedef struct {
  int images, channels, blocks, pixels;
  ferm_operand a, b;
  int multiplies;
  ferm_map_activation activation; /* of a sum: none, ReLU or a clip */
  int stream;                     /* whether y goes past the caches */
  float *y;
  int64_t next;
} ferm_combination;

/* ---- dropout ---- */

/* An element is dropped when the upper half of mix(seed + place * golden) is below `limit`, `place` being where it lies in
   row-major order (RandomNumbers.swift). One piece of work is a plane of maps in blocks; or, where `is_planar`, one of
   `images` rows of `pixels` registers. */
typedef struct {
  int images, channels, blocks, pixels, is_planar;
  const float *x;
  float *y;
  float scale;
  uint64_t seed, limit;
  int64_t next;
} ferm_dropout;

/* ---- fully connected layers ---- */

/* y [rows][outputs] = x [rows][inputs] weights [outputs][inputs] + bias, and back. Inputs come in whole registers. */
typedef struct {
  int rows, inputs, outputs;
  const float *x, *weights, *bias, *dy;
  float *y, *dx;
  float *columns;    /* [row panel][input][column]: x with its rows as columns */
  float *panels;     /* [input panel][row][column]: x */
  float *transposed; /* [outputs][rows]: dy */
  float *gradient;
  int accumulate;
  float *scratch;
  size_t scratch_size;
  int64_t next;
} ferm_training_linear;

/* ---- the table of an instruction set ---- */

/* What multiplies. */
typedef struct {
  void (*filters)(ferm_filters *, size_t part);
  void (*filter_transform)(ferm_filter_gradient *, size_t part); /* v, w and bias, ... */
  void (*filter_multiply)(ferm_filter_gradient *, size_t part);  /* ... then sums, and after the last group the gradient */
  void (*phase_filters)(ferm_phases *, size_t part); /* packs the filters, ... */
  void (*phases)(ferm_phases *, size_t part);        /* ... which this takes */
  void (*direct_sums)(ferm_direct_gradient *, size_t part);    /* sums; the gradient, where there is one part of the batch, ... */
  void (*direct_filters)(ferm_direct_gradient *, size_t part); /* ... or else this makes it of them */
  void (*linear_columns)(ferm_training_linear *, size_t part);
  void (*linear)(ferm_training_linear *, size_t part);
  void (*linear_back)(ferm_training_linear *, size_t part);
  void (*linear_panels)(ferm_training_linear *, size_t part); /* panels and transposed, ... */
  void (*linear_gradient)(ferm_training_linear *, size_t part); /* ... then the gradient */
  /* As in ferm_costs, while a step's maps fill the caches. */
  ferm_tile_cost tiles[FERM_TILE_SIZES];
} ferm_training_products;

typedef struct {
  ferm_training_products products;
  void (*thin_gradient)(ferm_thin_gradient *, size_t part);
  void (*depthwise_back)(ferm_depthwise_gradient *, size_t part); /* dx */
  void (*depthwise_sums)(ferm_depthwise_gradient *, size_t part); /* each part's sums, ... */
  void (*depthwise_add)(ferm_depthwise_gradient *, size_t part);  /* ... then the gradient */
  void (*planes)(ferm_planes *, size_t part);
  void (*norm_statistics)(ferm_norm *, size_t part);
  void (*norm_totals)(ferm_norm_totals *, size_t part);
  void (*norm)(ferm_norm *, size_t part);
  void (*norm_sums)(ferm_norm *, size_t part);
  void (*norm_gradient)(ferm_norm *, size_t part);
  void (*combine)(ferm_combination *, size_t part);
  void (*dropout)(ferm_dropout *, size_t part);
} ferm_training_kernels;

/* The same with narrow products: pairs of bf16 take the place of floats in packed filters, v and w, columns, panels and
   transposed. Weights, gradients, maps and sums are floats. */
typedef ferm_training_products ferm_narrow_training_kernels;

/* The tables of the same instruction set; NULL where this processor has no narrow products. */
const ferm_training_kernels *ferm_training_kernels_of(const ferm_kernels *);
const ferm_narrow_training_kernels *ferm_narrow_training_kernels_of(const ferm_kernels *);

/* Floats of scratch that linear and linear_back need for one part. */
size_t ferm_training_linear_scratch(const ferm_kernels *, int rows);

#endif
