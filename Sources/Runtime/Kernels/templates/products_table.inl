/* What multiplies, of one instruction set and kind of products; each table begins with it. */
#include "winograd.inl"
#include "direct.inl"
#include "linear.inl"

#ifdef NARROW
#define LINEAR_ROWS NAME(linear_rows)
#else
#define LINEAR_ROWS NULL
#endif

#define PRODUCTS                                                                                                             \
  {.costs = {.row = ROW_CYCLES, .bytes = 5, .tiles = {TILE_CYCLES}},                                                         \
   .winograd = NAME(winograd), .winograd_transform = NAME(winograd_transform), .winograd_multiply = NAME(winograd_multiply), \
   .direct = NAME(direct), .direct_pad = NAME(direct_pad), .direct_multiply = NAME(direct_multiply),                         \
   .linear_rows = LINEAR_ROWS, .linear = NAME(linear)}
