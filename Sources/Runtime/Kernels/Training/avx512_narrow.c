/* The trainer's narrow kernels of the same instruction set. */
#define TRAINING
#include "../avx512_narrow.c"
