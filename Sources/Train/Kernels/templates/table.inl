/* Everything above, as the table of one instruction set. */
#include "Runtime/Kernels/templates/vector.inl"
#include "Runtime/Kernels/templates/product.inl"
#include "Runtime/Kernels/templates/winograd.inl"
#include "filters.inl"
#include "thin.inl"
#include "norm.inl"
#include "dropout.inl"
#include "dense.inl"

const ferm_train_kernels NAME(kernels) = {
    .filters = NAME(filters), .filter_transform = NAME(filter_transform), .filter_multiply = NAME(filter_multiply),
    .thin = NAME(thin), .thin_gradient = NAME(thin_gradient), .norm_statistics = NAME(norm_statistics), .norm = NAME(norm),
    .norm_sums = NAME(norm_sums), .norm_gradient = NAME(norm_gradient), .dropout = NAME(dropout),
    .dense_columns = NAME(dense_columns),
    .dense = NAME(dense), .dense_back = NAME(dense_back), .dense_panels = NAME(dense_panels),
    .dense_gradient = NAME(dense_gradient)};
