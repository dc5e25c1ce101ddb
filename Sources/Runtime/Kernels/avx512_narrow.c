/* What AVX-512 with BF16 and VNNI has beside avx512.c. */
#define NARROW
#include "avx512.c"
