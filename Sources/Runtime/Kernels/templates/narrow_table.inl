/* The runtime's kernels of one instruction set that multiply narrow numbers. */
#include "products_table.inl"

static const ferm_narrow_kernels kernels = PRODUCTS;
