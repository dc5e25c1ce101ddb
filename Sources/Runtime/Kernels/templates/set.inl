/* Compiles the templates for one instruction set. Its file (avx2.c, ...) includes this after it has said

   SET                    its name
   TARGET                 what the compiler may use, beside what every processor of its kind has
   AVAILABLE              whether this processor has it
   FUSED                  that it has a fused multiply-add
   LANES                  floats of a register
   VECTORS                registers of columns in a panel of weights
   ROWS                   rows that a product holds in registers, VECTORS accumulators each (templates/rows.inl)
   ROW_CYCLES, TILE_CYCLES, TRAINING_TILE_CYCLES  what it costs (ferm_costs, ferm_tile_cost)

   or, where the compiler is one for another kind of processor, its name alone. With NARROW it gets the kernels that multiply
   narrow numbers (narrow.inl) in place of the others. The trainer's file of the same name includes that one with TRAINING
   defined, and gets the trainer's kernels in place of the runtime's. EMULATED stands for instructions by plain C. */
#ifdef TRAINING
#include "FermTrainKernels.h"
#else
#include "FermKernels.h"
#endif

#if defined(TRAINING) && defined(NARROW)
typedef ferm_narrow_training_kernels table;
#define PREFIX ferm_narrow_training_
#elif defined(TRAINING)
typedef ferm_training_kernels table;
#define PREFIX ferm_training_
#elif defined(NARROW)
typedef ferm_narrow_kernels table;
#define PREFIX ferm_narrow_
#else
typedef ferm_kernels table;
#define PREFIX ferm_
#endif

#include <math.h>
#include <string.h>
#if defined(NARROW) && defined(TARGET)
#include <immintrin.h>
#endif

#define JOINED(prefix, set, name) prefix##set##_##name
#define NAMED(prefix, set, name) JOINED(prefix, set, name)
#define NUMBERED_SET(set) FERM_SET_##set
#define NUMBERED(set) NUMBERED_SET(set)
#define NAME(name) NAMED(PREFIX, SET, name)

#ifdef LANES

/* Outside the attribute below: it also runs where the instructions are missing. */
static int available(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  return AVAILABLE;
}

#ifdef TARGET
#pragma clang attribute push(__attribute__((target(TARGET))), apply_to = function)
#endif

#include "vector.inl"
#include "activation.inl"
#ifdef NARROW
#include "narrow.inl"
#else
#include "weights.inl"
#endif
#ifndef TRAINING
#include "ending.inl"
#endif
#include "rows.inl"
#include "product.inl"
#include "tiles.inl"
#include "padding.inl"
#ifndef NARROW
#include "depthwise_row.inl"
#endif
#if defined(TRAINING) && defined(NARROW)
#include "../Training/templates/narrow_table.inl"
#elif defined(TRAINING)
#include "../Training/templates/table.inl"
#elif defined(NARROW)
#include "narrow_table.inl"
#else
#include "table.inl"
#endif

#ifdef TARGET
#pragma clang attribute pop
#endif

const table *NAME(kernels)(void) { return available() ? &kernels : NULL; }

#else

const table *NAME(kernels)(void) { return NULL; }

#endif
