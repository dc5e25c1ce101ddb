/* What multiplies in training, by floats or by narrow numbers. */
#include "units.inl"
#include "filters.inl"
#include "filter_gradient.inl"
#include "transpose.inl"
#include "direct.inl"
#include "direct_gradient.inl"
#include "linear.inl"

#define TRAINING_PRODUCTS                                                                                               \
  {                                                                                                                     \
    .filters = NAME(filters), .filter_transform = NAME(filter_transform), .filter_multiply = NAME(filter_multiply),     \
    .phase_filters = NAME(phase_filters), .phases = NAME(phases), .direct_sums = NAME(direct_sums),                     \
    .direct_filters = NAME(direct_filters),                                                                             \
    .linear_columns = NAME(linear_columns), .linear = NAME(linear), .linear_back = NAME(linear_back),                   \
    .linear_panels = NAME(linear_panels), .linear_gradient = NAME(linear_gradient), .tiles = {TRAINING_TILE_CYCLES}     \
  }
