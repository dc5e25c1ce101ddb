/* The loops that the runtime spends its time in.

   Maps lie as [image][channel block][y][x][lane]: a block has as many channels as a vector register has lanes, and lanes
   beyond the last channel are zero. So a pixel of a block is one register, in every loop. An image's value begins
   `pitch` floats after that of the image before.

   Each instruction set is one file that compiles the same templates (templates/set.inl); ferm_kernels_for hands out its
   table. Nothing here allocates, and every function works on the caller's memory alone. */
#ifndef FERM_KERNELS_H
#define FERM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* ---- matrix product: the core of every layer that has weights ---- */

/* How weights lie in memory, and the bytes of one. Units of 32 bits hold a column's weights for one step of the depth, or for
   successive two or four; narrow ones are widened in registers (templates/weights.inl). */
#define FERM_WEIGHT_TYPES(TYPE) TYPE(FP32, 4) TYPE(BF16, 2) TYPE(FP16, 2) TYPE(INT8, 1)

#define FERM_WEIGHT_TYPE(name, bytes) FERM_##name,
enum { FERM_WEIGHT_TYPES(FERM_WEIGHT_TYPE) };

/* Narrow numbers, which some processors multiply several at a time: pairs of bf16 with sums in fp32, and fours of bytes, those
   of x unsigned, with sums in int32. A pair or four is a unit: 32 bits, which take the place of a float. */
#define FERM_NARROW_TYPES(TYPE) TYPE(PAIRS, 4) TYPE(FOURS, 4)
enum { FERM_FIRST_NARROW_TYPE = 15, FERM_NARROW_TYPES(FERM_WEIGHT_TYPE) };

/* c[row][column] = sum over k of x[row][k] * weights[k][column], for one panel of columns.

   With weights of a narrow type, k counts units, of x as of weights; x and, for fours, c hold their bits.

   Each sum is one chain of multiply-adds in the order of k, begun at zero or at what c holds: its bits depend neither on the
   number of rows, nor on where a caller cuts the depth. */
typedef struct {
  const float *x;
  ptrdiff_t row_pitch;       /* floats from one row to the next */
  const int32_t *row_offsets; /* or, where this is given, row r begins at x + row_offsets[r] */
  const int32_t *offsets;     /* where x[row][k] lies from its row's beginning; NULL: at k */
  int rows, depth;
  int type;            /* of the weights */
  const void *weights; /* [depth][columns]; narrow ones [depth / n][columns][n], where n are a unit and divide the depth */
  float *c;
  ptrdiff_t c_row_pitch, c_vector_pitch; /* floats from one row, and from one register of columns, to the next */
  const int32_t *c_row_offsets; /* or, where this is given beside `offsets`, row r's sums begin at c + c_row_offsets[r] */
  int vectors;               /* registers of columns that c has room for; the rest of the panel is dropped */
  int stream;                /* whether whole panels of sums, or all with `offsets`, may go past the caches, to where c is aligned
                                to registers */
  int accumulate;            /* start from what c holds */
  int finish;                /* multiply by scale (if any), add the bias, apply ReLU (if wanted) */
  int relu;
  const float *bias, *scale; /* [columns], when finishing */
  const char *prefetch;      /* as many bytes as the weights have, wanted soon; or NULL */
} ferm_product;

/* ---- activations ---- */

typedef enum { FERM_NO_ACTIVATION, FERM_RELU, FERM_CLIP, FERM_SILU, FERM_HARD_SWISH, FERM_SIGMOID } ferm_activation;

/* What may follow a convolution's bias in its own pass: a map is added, or NULL, which lies as the output does but may have fewer
   blocks of channels; then an activation, which leaves 0 as it is. Without a map, ReLU is the convolution's own. */
typedef struct {
  const float *addend;
  size_t addend_pitch; /* floats from one image to the next */
  size_t addend_size;  /* floats of an image */
  int activation;  /* ferm_activation */
  float low, high; /* of FERM_CLIP */
} ferm_ending;

/* ---- Winograd's algorithm for 3x3 windows (Lavin and Gray, arXiv:1509.09308) ---- */

/* F(m,3) computes a tile of m x m outputs with (m + 2)^2 multiplications a channel. m is 2 to 5, with AVX-512 to 6;
   with narrow products 2 to 4.
   At stride 2, where m is 3, the window falls into four phases at stride 1: its outer rows meet every second row of the input,
   its middle row those between, and so with columns. F(3,2) for two taps and F(3,1) for one have the points of F(2,3); their
   products are summed before the outputs' transform. At infinity the phases of one tap have no part. */
typedef struct {
  int m, stride;
  int narrow; /* whether transformed inputs and filters are bf16 */
  int images, height, width, pad_top, pad_left;
  int blocks; /* input channels, in blocks */
  int out_height, out_width; /* outputs that are wanted, before pooling */
  int out_blocks, panels;
  int tiles_y, tiles_x;
  int pool; /* whether 2x2 maxima at stride 2 are taken; out_height and out_width are then even */
  int relu;
  ferm_ending ending; /* not with `pool` or `stream` */
  int stream; /* whether outputs go past the caches: for maps that would fill them; aligned to registers */
  size_t pitch, out_pitch; /* floats from one image to the next */
  const float *input;
  float *output;
  const float *filters; /* packed by ferm_winograd_pack */
  const float *bias;    /* [panels * columns] */
  int tile_group;  /* tiles that one part takes at a time through the passes that are not shared; whole bands (two rows of
                      tiles) where pooling needs them */
  int panel_group; /* panels that are multiplied between two output transforms */
  float *shared;         /* transformed inputs of all tiles, where parts share them; or NULL */
  float *scratch;        /* parts * scratch_size floats */
  size_t scratch_size;
  int64_t next; /* the next piece of work to hand out */
} ferm_winograd;

/* ---- convolution by its definition ---- */

typedef struct {
  int images, height, width, pad_top, pad_left;
  int padded_height, padded_width; /* of the copy that is read; equal to height and width where none is made */
  int lanes;  /* of the input: the register's, or 1 for planar maps [channel][y][x] */
  int blocks; /* of the input */
  int pixels; /* outputs of one channel that are computed */
  int out_height, out_width, out_blocks, panels;
  int pool, relu;
  ferm_ending ending;           /* not with `pool` */
  int depth;                    /* weights of an output, in one panel; with narrow products, pairs of them */
  const int32_t *offsets;       /* [depth]: where a window's inputs lie from its first */
  int chunk;                    /* pixels of an image that make a piece of work, where parts share it */
  int together;                 /* images whose pixels are the rows of one product; 1 with `pool` */
  const int32_t *pixel_offsets; /* [together * pixels]: where a window begins */
  const int32_t *out_offsets;   /* [together * pixels]: where its output lies; NULL where one image is taken at a time */
  const int32_t *panel_offsets; /* [panels]: where a panel's first input channel begins, for groups; or NULL */
  size_t pitch, out_pitch;
  const float *input;
  float *output;
  const float *filters; /* [panels][depth][columns] */
  const float *bias;
  float *shared; /* padded copies of all images, where parts share them; or NULL */
  float *scratch;
  size_t scratch_size;
  int64_t next;
} ferm_direct;

/* ---- depthwise convolution ---- */

/* Each output channel sees its own input channel alone. */
typedef struct {
  int images, height, width, blocks, out_height, out_width, relu;
  int window[2], stride[2], step[2], pad[2]; /* down and across; `step` is from one tap to the next, `pad` above and to the left */
  ferm_ending ending;
  size_t pitch, out_pitch;
  const float *input;
  float *output;
  const float *filters; /* [blocks][window][lanes], by ferm_depthwise_pack */
  const float *bias;    /* [blocks * lanes] */
  int64_t next;
} ferm_depthwise;

/* ---- fully connected layers ---- */

/* Steps of a sum of fours that int32 holds, whatever they are: 4 * 255 * 127 of each. Deeper sums are cut into such parts, which
   are added in fp32. */
enum { FERM_EXACT_FOURS = 1 << 14 };

/* What the bytes of a row stand for: scale * (byte - zero). Where the row is not finite, the scale is NaN. */
typedef struct {
  float scale;
  int32_t zero;
} ferm_row_scale;

/* Rows of units out of an image's floats: what a linear layer with narrow products takes. */
typedef struct {
  int images, count, type; /* `count` floats an image, whole registers */
  size_t pitch, row_pitch; /* floats from one image to the next, and units */
  const float *input;
  float *rows;
  ferm_row_scale *scales; /* [images], for fours */
  int64_t next;
} ferm_linear_rows;

typedef struct {
  int images, depth, panels, out_blocks, relu, type; /* the depth of narrow types in units */
  size_t pitch, out_pitch;
  const float *input; /* or units, by linear_rows */
  float *output;
  const void *weights; /* by ferm_linear_pack, or ferm_linear_pairs */
  const float *bias, *scale;
  /* For fours: */
  const ferm_row_scale *row_scales;
  const int32_t *weight_sums; /* by ferm_linear_sums */
  float *scratch;
  size_t scratch_size; /* images * columns */
  int64_t next;
} ferm_linear;

/* ---- windows and elements ---- */

/* Rows and columns of a pooling window, of its stride, and of the padding above and to the left. */
typedef struct { int window[2], stride[2], pad[2]; } ferm_window;
/* Channels, rows, columns. */
typedef struct { int of[3]; } ferm_extents;
/* Rows and columns of a map, and the whole factors by which it grows. */
typedef struct { int height, width, scale[2]; } ferm_upsampling;

/* What becomes of a window: its largest number, or its mean, in which padding counts or not; or the mean of one of
   out_height x out_width regions. */
typedef enum { FERM_WINDOW_MAX, FERM_WINDOW_MEAN, FERM_WHOLE_WINDOW_MEAN, FERM_REGION_MEAN } ferm_pooling;

/* ---- the table of an instruction set ---- */

/* The instruction sets, the best last, and those that have narrow products. Each is a file of that name; the library does
   without the emulated one, which tests ask for. */
#ifdef FERM_EMBEDDED
#define FERM_INSTRUCTION_SETS(SET) SET(portable) SET(avx2) SET(avx512) SET(neon)
#define FERM_NARROW_SETS(SET) SET(avx512)
#else
#define FERM_INSTRUCTION_SETS(SET) SET(emulated) SET(portable) SET(avx2) SET(avx512) SET(neon)
#define FERM_NARROW_SETS(SET) SET(emulated) SET(avx512)
#endif

#define FERM_NUMBERED(name) FERM_SET_##name,
enum { FERM_INSTRUCTION_SETS(FERM_NUMBERED) FERM_SETS };

/* What the transforms of F(m,3) cost: cycles of a register of a tile, for inputs and for outputs. */
typedef struct {
  int m, inward, outward;
} ferm_tile_cost;

enum { FERM_TILE_SIZES = 5 };

/* Measured costs, in cycles of one thread, by which the way to compute a convolution is chosen (docs/performance.md). */
typedef struct {
  double row;   /* of a step of k of a product, for one row of a panel */
  double bytes; /* of weights that come from beyond a core's caches in a cycle, while a neighbour has as many */
  ferm_tile_cost tiles[FERM_TILE_SIZES];
} ferm_costs;

/* What multiplies. Each function takes pieces of work until none is left; `part` says whose scratch to use. Called by each part at
   once, with a ferm_winograd, ferm_direct or ferm_linear: this is the type of task that ferm_workers_run takes. */
typedef struct {
  ferm_costs costs;
  void (*winograd)(void *task, size_t part);           /* transforms, multiplies, transforms back, a group of tiles at a time */
  void (*winograd_transform)(void *task, size_t part); /* fills `shared`, ... */
  void (*winograd_multiply)(void *task, size_t part);  /* ... and uses it */
  void (*direct)(void *task, size_t part);
  void (*direct_pad)(void *task, size_t part);
  void (*direct_multiply)(void *task, size_t part);
  void (*linear_rows)(void *task, size_t part); /* makes what `linear` takes of a ferm_linear_rows; NULL where it takes maps */
  void (*linear)(void *task, size_t part);
} ferm_products;

/* The source pixels that make a target pixel of a resize, and their weights in units of 2^-FERM_SPAN_BITS. */
typedef struct {
  int first, count;
  const int32_t *weight;
} ferm_span;

enum { FERM_SPAN_BITS = 22 };

typedef struct {
  int set;     /* FERM_SET_... */
  int lanes;   /* floats of a register */
  int columns; /* of a panel */
  ferm_products products;
  void (*depthwise)(void *task, size_t part); /* takes planes of a ferm_depthwise until none is left */
  /* What could not be fused; each call does the planes or elements that it is given. The bits are the same with every
     instruction set. */

  /* Planes (image, block) first ..< last. `columns` is NULL, or room for a row of the input: large windows that overlap are
     then taken in two passes, down and across. */
  void (*pool)(ferm_pooling, ferm_window, const float *input, size_t pitch, float *output, size_t out_pitch, int blocks,
               size_t first, size_t last, int height, int width, int out_height, int out_width, float *columns);
  /* Whether no number is NaN or infinite. */
  int (*all_finite)(const float *numbers, size_t count);
  void (*relu)(const float *input, float *output, size_t count);
  /* The nearest number from low to high. */
  void (*clip)(const float *input, float *output, size_t count, float low, float high);
  /* x min(max(x + 3, 0), 6) / 6 */
  void (*hard_swish)(const float *input, float *output, size_t count);
  /* x >= 0 ? x : slope * x, by channel; the slopes are [blocks * lanes]. One image. */
  void (*prelu)(const float *input, float *output, int blocks, int pixels, const float *slope);
  /* 1 / (1 + exp(-x)), and x times that; the relative error is below 4e-7. */
  void (*sigmoid)(const float *input, float *output, size_t count);
  void (*silu)(const float *input, float *output, size_t count);
  /* output = input * scale + shift, by channel; scale and shift are [blocks * lanes]. One image. */
  void (*affine)(const float *input, float *output, int blocks, int pixels, const float *scale, const float *shift);
  /* exp(x) over the sum of all channels' at the same pixel. One image, in blocks of `lanes`, which may be 1. */
  void (*softmax)(const float *input, float *output, int channels, int lanes, int pixels);
  /* Sum or product of two maps in blocks, each dimension of a and b that is 1 being repeated. Shapes are [channels][y][x].
     One image. */
  void (*combine)(int multiply, const float *a, ferm_extents a_size, const float *b, ferm_extents b_size, float *output,
                  ferm_extents size);
  /* Puts a map into a larger one, its first channel, row and column at `corner`. What lies beside it stays; but where its channels
     end within a block, the lanes behind them become zero. One image. */
  void (*place)(const float *input, ferm_extents size, float *output, ferm_extents output_size, ferm_extents corner);
  /* Planes (image, block) first ..< last, larger: each pixel repeated, or blended of the nearest by the distance of their
     centres, those at the edges repeated beyond them. `row` has room for a row of the input. */
  void (*upsample_nearest)(ferm_upsampling, const float *input, size_t pitch, float *output, size_t out_pitch, int blocks,
                           size_t first, size_t last);
  void (*upsample_bilinear)(ferm_upsampling, const float *input, size_t pitch, float *output, size_t out_pitch, int blocks,
                            size_t first, size_t last, float *row);
  /* The passes of a resize: a row of `length` pixels of 1 or 3 channels across; its share of a row of sums; and all sums as pixels, each
     written `copies` times. */
  void (*resize_row)(const uint8_t *source, int length, int channels, const ferm_span *spans, int width, uint8_t *result);
  void (*add_row)(int32_t *sums, int32_t weight, const uint8_t *row, size_t count);
  void (*round_sums)(const int32_t *sums, size_t count, int copies, uint8_t *result);
} ferm_kernels;

/* The same with narrow products: units take the place of floats in filters, `shared`, offsets and depths. */
typedef ferm_products ferm_narrow_kernels;

/* The narrow kernels of the same instruction set; NULL where this processor has none. */
const ferm_narrow_kernels *ferm_narrow_kernels_of(const ferm_kernels *);

/* The table of the instruction set of that name; where `name` is NULL, of the one that the environment variable
   FERM_INSTRUCTIONS names, or else of the best that this processor has. NULL where the processor lacks it, or, with
   is_known 0, where no set has that name. */
const ferm_kernels *ferm_kernels_for(const char *name, int *is_known);
/* Plain C, which every processor has. */
const ferm_kernels *ferm_portable_kernels(void);
/* What F(m,3) costs; NULL where there are no tiles of that size. */
const ferm_tile_cost *ferm_tile_cost_of(const ferm_tile_cost tiles[FERM_TILE_SIZES], int m);

/* ---- packing of filters ---- */

/* Row i evaluates a filter of three taps at point i, over the product of that point's distances to the others; the last
   row is the point at infinity. */
void ferm_winograd_filter_matrix(int m, double g[8][3]);
/* The phases that have part in product e, (row, column) of a tile; those before e, and after all products. At stride 1: one. */
static inline int ferm_winograd_phases(int stride, int e) { return stride == 2 ? (e / 4 == 3 ? 1 : 2) * (e % 4 == 3 ? 1 : 2) : 1; }
static inline int ferm_winograd_before(int stride, int e) {
  return stride == 2 ? e / 4 * 14 + e % 4 * (e / 4 == 3 ? 2 : 4) - (e == 16 ? 7 : 0) : e;
}
/* Where a phase lies among those of product e, or -1. Phase 2 r + c: r tells whether its rows are those of one tap, c so with
   columns. */
static inline int ferm_winograd_slot(int phase, int e) {
  if ((e / 4 == 3 && phase / 2) || (e % 4 == 3 && phase % 2)) return -1;
  return e % 4 == 3 ? phase / 2 : phase;
}
/* A tile's products. */
static inline int ferm_winograd_products(int m, int stride) { return stride == 2 ? (m + 1) * (m + 1) : (m + 2) * (m + 2); }

/* Transforms the filters of one panel's outputs, [columns][channels][3][3], in double precision, rounded once, to their place
   in `packed`: for each group of panels, each product, each panel: [depth][columns], where the depth is whole registers of
   channels, for each of the product's phases; `panel_group` panels are multiplied between two output transforms. The layer has `outputs`, and of
   the last panel only those are read. `packed` must be zero where there are no filters. With `narrow`, pairs of channels take
   the place of floats. */
void ferm_winograd_pack(const ferm_kernels *, int m, int stride, const float *filters, int outputs, int channels, int panel_group,
                        int narrow, int panel, void *packed);
/* Floats of scratch for one part, whether parts share the transformed inputs or not; and of `shared`. */
size_t ferm_winograd_scratch(const ferm_kernels *, const ferm_winograd *, int shared);
size_t ferm_winograd_shared(const ferm_kernels *, const ferm_winograd *);
/* Where a panel of packed filters begins, and the floats from one of its products to the next, at stride 1. */
typedef struct { size_t first, pitch; } ferm_packed_panel;
ferm_packed_panel ferm_winograd_panel(int m, int panels, int panel_group, int panel, size_t panel_size);

/* The filters of one panel's outputs, [columns][channels][window], as that panel [depth][columns] of `packed`, for ferm_direct;
   it takes `taken` channels from first_channel on of those of the whole input, and the layer's `outputs` are in groups of
   outputs / groups. With `narrow`, pairs of channels take the place of floats, and `taken` is even. */
void ferm_direct_pack(const ferm_kernels *, const float *filters, int outputs, int channels_in_group, int groups, int window,
                      int first_channel, int taken, int narrow, int panel, void *packed);
/* Filters of some outputs from channel `first` on, [count][window], to their places for a ferm_depthwise. */
void ferm_depthwise_pack(const ferm_kernels *, const float *filters, int first, int count, int window, float *packed);
/* The nearest bf16, of two as near the even one; a NaN stays one. */
uint16_t ferm_bf16(float);
/* Weights [outputs][channels][pixels] of `bytes` bytes each as panels [depth][columns] of units for ferm_linear, where depth
   follows the blocked layout of the input; `packed` must be zero. */
void ferm_linear_pack(const ferm_kernels *, const void *weights, int bytes, int outputs, int channels, int pixels,
                      void *packed);
/* One of these panels, of fp32 or fp16, in pairs of bf16. */
void ferm_linear_pairs(const ferm_kernels *, int type, const void *packed, int depth, int panel, void *pairs);
/* For one of these panels, of int8, the sums of each column's weights: `sums` is [parts][panels][columns], a part having
   FERM_EXACT_FOURS steps. */
void ferm_linear_sums(const ferm_kernels *, const void *packed, int depth, int panels, int panel, int32_t *sums);

/* ---- blocks ---- */

/* The lanes beyond the last channel of one image: to zero. */
void ferm_clear_lanes(float *blocked, int channels, int lanes, int pixels);
/* [channel][y][x] of one image to blocks, and back. */
void ferm_pack_blocks(const float *planar, float *blocked, int channels, int lanes, int pixels);
void ferm_unpack_blocks(const float *blocked, float *planar, int channels, int lanes, int pixels);

/* ---- 8-bit images (spec section 8) ---- */

/* An image and what becomes of it: the part of part_width x part_height pixels whose corner lies at (x, y), which may reach
   beyond the image, where all is black, is resized with antialiasing (bilinear) to result_width x result_height. Interleaved
   RGB becomes grey before that, as (19595 R + 38470 G + 7471 B + 32768) >> 16, and grey becomes RGB after it, where the result's
   channels ask for it. The part takes in some of the image, and has at most 2^28 pixels. */
typedef struct {
  const uint8_t *pixels;
  size_t stride; /* bytes from one row to the next */
  int width, height, channels;
  int x, y, part_width, part_height;
  int result_width, result_height, result_channels;
} ferm_resizing;

/* Bytes of scratch for that: a few rows, and the weights. */
size_t ferm_resize_scratch(const ferm_resizing *);
/* Writes the result, row after row, the same with all kernels. The scratch is aligned to 8 bytes. */
void ferm_resize(const ferm_kernels *, const ferm_resizing *, void *scratch, uint8_t *result);

/* A box of an image, and what the image's samples are: grey, which stays so, or three or four for each pixel, which become R, G, B.
   The box has some of the image; beyond it all is as the nearest pixel. */
typedef struct {
  const uint8_t *pixels;
  size_t stride; /* bytes from one row to the next */
  int width, height, samples;
  int blue_first; /* B, G, R */
  int has_alpha;  /* the fourth sample; the pixel is laid over white */
  int x, y, part_width, part_height;
} ferm_cutting;

/* Copies the box, row after row. */
void ferm_cut(const ferm_cutting *, uint8_t *result);

/* Halves an image: each pixel of the dense result is the rounded mean of four; the last column and row of an odd size count twice. */
void ferm_halve(const uint8_t *pixels, size_t width, size_t height, size_t channels, size_t stride, uint8_t *result);

#endif
