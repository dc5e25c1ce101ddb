/* The trainer's kernels of one instruction set that multiply narrow numbers. */
#include "products_table.inl"

static const ferm_narrow_training_kernels kernels = TRAINING_PRODUCTS;
