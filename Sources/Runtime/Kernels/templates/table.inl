/* Everything above, as the table of one instruction set. */
#include "vector.inl"
#include "product.inl"
#include "winograd.inl"
#include "direct.inl"
#include "linear.inl"

const ferm_kernels NAME(kernels) = {
    .instructions = INSTRUCTIONS, .lanes = LANES, .columns = COLUMNS, .winograd = NAME(winograd),
    .winograd_transform = NAME(winograd_transform), .winograd_multiply = NAME(winograd_multiply), .direct = NAME(direct),
    .direct_pad = NAME(direct_pad), .direct_multiply = NAME(direct_multiply), .linear = NAME(linear)};
