/* The trainer's kernels of one instruction set. */
#include "products_table.inl"
#include "thin.inl"
#include "depthwise_gradient.inl"
#include "activations.inl"
#include "norm.inl"
#include "norm_totals.inl"
#include "combine.inl"
#include "planes.inl"
#include "dropout.inl"

static const ferm_training_kernels kernels = {
    .products = TRAINING_PRODUCTS, .thin_gradient = NAME(thin_gradient),
    .depthwise_back = NAME(depthwise_back), .depthwise_sums = NAME(depthwise_sums), .depthwise_add = NAME(depthwise_add),
    .planes = NAME(planes), .norm_statistics = NAME(norm_statistics), .norm_totals = NAME(norm_totals),
    .norm = NAME(norm), .norm_sums = NAME(norm_sums), .norm_gradient = NAME(norm_gradient), .combine = NAME(combine),
    .dropout = NAME(dropout)};
