/* The runtime's kernels of one instruction set. */
#include "winograd.inl"
#include "direct.inl"
#include "linear.inl"
#include "pool.inl"
#include "elementwise.inl"

static const ferm_kernels kernels = {
    .set = NUMBERED(SET), .lanes = LANES, .columns = COLUMNS,
    .costs = {.row = ROW_CYCLES, .bytes = 5, .tiles = {TILE_CYCLES}},
    .winograd = NAME(winograd), .winograd_transform = NAME(winograd_transform), .winograd_multiply = NAME(winograd_multiply),
    .direct = NAME(direct), .direct_pad = NAME(direct_pad), .direct_multiply = NAME(direct_multiply), .linear = NAME(linear),
    .pool = NAME(pool), .all_finite = NAME(all_finite), .relu = NAME(relu), .sigmoid = NAME(sigmoid), .silu = NAME(silu),
    .affine = NAME(affine), .softmax = NAME(softmax), .combine = NAME(combine)};
