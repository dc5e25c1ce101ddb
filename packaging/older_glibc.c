/* What the libraries of Swift, C++ and OpenBLAS would take from a glibc newer than the tarball asks for: hypot has a new version since
   2.35, arc4random is there since 2.36. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

double hypot(double x, double y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (double)sqrtl((long double)x * x + (long double)y * y); /* which a double's exponents cannot overflow */
}

float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}

uint32_t arc4random(void) {
  uint32_t value;
  while (getrandom(&value, sizeof value, 0) != sizeof value) continue;
  return value;
}
