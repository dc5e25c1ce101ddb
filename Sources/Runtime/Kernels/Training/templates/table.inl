/* The trainer's kernels of one instruction set. */
#include "filters.inl"
#include "thin.inl"
#include "norm.inl"
#include "dropout.inl"
#include "linear.inl"

static const ferm_training_kernels kernels = {
    .filters = NAME(filters), .filter_transform = NAME(filter_transform), .filter_multiply = NAME(filter_multiply),
    .thin_gradient = NAME(thin_gradient), .norm_statistics = NAME(norm_statistics), .norm = NAME(norm),
    .norm_sums = NAME(norm_sums), .norm_gradient = NAME(norm_gradient), .dropout = NAME(dropout),
    .linear_columns = NAME(linear_columns),
    .linear = NAME(linear), .linear_back = NAME(linear_back), .linear_panels = NAME(linear_panels),
    .linear_gradient = NAME(linear_gradient), .tiles = {TRAINING_TILE_CYCLES}};
