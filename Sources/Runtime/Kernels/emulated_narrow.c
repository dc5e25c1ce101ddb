/* AVX-512 with BF16 and VNNI in plain C, beside emulated.c. */
#define NARROW
#include "emulated.c"
