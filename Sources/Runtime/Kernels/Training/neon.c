/* The trainer's kernels of the same instruction set. */
#define TRAINING
#include "../neon.c"
