/* AVX-512 in plain C, bit for bit: what tests compare narrow products with on every machine. Slow; not in the library. */
#define EMULATED
#ifndef FERM_EMBEDDED
#include "avx512.c"
#endif
