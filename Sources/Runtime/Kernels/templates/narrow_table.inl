/* The runtime's kernels of one instruction set that multiply narrow numbers. */
#include "winograd.inl"
#include "direct.inl"
#include "linear.inl"

static const ferm_narrow_kernels kernels = {
    .costs = {.row = ROW_CYCLES, .bytes = 5, .tiles = {TILE_CYCLES}},
    .winograd = NAME(winograd), .winograd_transform = NAME(winograd_transform), .winograd_multiply = NAME(winograd_multiply),
    .direct = NAME(direct), .direct_pad = NAME(direct_pad), .direct_multiply = NAME(direct_multiply),
    .linear_rows = NAME(linear_rows), .linear = NAME(linear)};
