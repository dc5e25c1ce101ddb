/* Plain C with 128-bit vectors: what every 64-bit processor has (SSE2, NEON). */
#include "FermTrainKernels.h"

#include <string.h>

#if defined(__aarch64__)
#define FUSED
#endif
#define LANES 4
#define VECTORS 2
#define ROWS 6
#define INSTRUCTIONS FERM_PORTABLE
#define NAME(x) ferm_training_portable_##x
#include "templates/table.inl"
