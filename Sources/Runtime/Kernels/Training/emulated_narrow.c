/* The trainer's narrow kernels of the same instruction set. */
#define TRAINING
#include "../emulated_narrow.c"
