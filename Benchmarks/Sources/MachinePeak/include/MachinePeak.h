/* Two loops that do nothing but what a processor does fastest; they give the ceilings that shares refer to. */
#ifndef MACHINE_PEAK_H
#define MACHINE_PEAK_H

#include <stddef.h>

/* Independent fused multiply-adds on fp32 registers, with the widest instructions there are.
   Returns the number of floating-point operations done (a multiply-add is two). */
double machine_peak_compute(size_t rounds);

/* The widest instructions that machine_peak_compute uses here: "AVX-512", "AVX2" or "portable". */
const char *machine_peak_instructions(void);

/* Reads count floats once, front to back; the sum keeps the compiler honest. */
float machine_peak_read(const float *floats, size_t count);

#endif
