#include "FermKernels.h"

void ferm_pack_blocks(const float *planar, float *blocked, int channels, int lanes, int pixels) {
  for (int first = 0; first < channels; first += lanes, blocked += lanes * pixels)
    for (int lane = 0; lane < lanes; lane++)
      for (int pixel = 0; pixel < pixels; pixel++)
        blocked[pixel * lanes + lane] = first + lane < channels ? planar[(first + lane) * pixels + pixel] : 0;
}

void ferm_unpack_blocks(const float *blocked, float *planar, int channels, int lanes, int pixels) {
  for (int channel = 0; channel < channels; channel++) {
    const float *from = blocked + channel / lanes * lanes * pixels + channel % lanes;
    for (int pixel = 0; pixel < pixels; pixel++) *planar++ = from[pixel * lanes];
  }
}

void ferm_clear_lanes(float *blocked, int channels, int lanes, int pixels) {
  int used = channels % lanes;
  if (used == 0) return;
  float *block = blocked + (size_t)(channels / lanes) * (size_t)pixels * (size_t)lanes;
  for (int pixel = 0; pixel < pixels; pixel++)
    for (int lane = used; lane < lanes; lane++) block[pixel * lanes + lane] = 0;
}
