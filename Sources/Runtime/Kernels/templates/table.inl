/* The runtime's kernels of one instruction set. */
#include "products_table.inl"
#include "depthwise.inl"
#include "pool.inl"
#include "elementwise.inl"
#include "moves.inl"
#include "resize.inl"

static const ferm_kernels kernels = {
    .set = NUMBERED(SET), .lanes = LANES, .columns = COLUMNS,
    .products = PRODUCTS, .depthwise = NAME(depthwise),
    .pool = NAME(pool), .all_finite = NAME(all_finite), .relu = NAME(relu), .clip = NAME(clip), .hard_swish = NAME(hard_swish),
    .prelu = NAME(prelu), .sigmoid = NAME(sigmoid), .silu = NAME(silu),
    .affine = NAME(affine), .softmax = NAME(softmax), .combine = NAME(combine),
    .place = NAME(place), .upsample_nearest = NAME(upsample_nearest), .upsample_bilinear = NAME(upsample_bilinear),
    .resize_row = NAME(resize_row), .add_row = NAME(add_row), .round_sums = NAME(round_sums)};
