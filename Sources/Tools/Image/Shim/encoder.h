/* What the encoders share. */
#ifndef FERM_IMAGE_ENCODER_H
#define FERM_IMAGE_ENCODER_H

#include "decoder.h"

/* Each format's encoder begins with this. */
struct ferm_encoder {
  int (*write)(ferm_encoder *encoder, const uint8_t *rows, uint32_t count, ferm_image_failure *failure);
  int (*finish)(ferm_encoder *encoder, ferm_image_failure *failure);
  void (*close)(ferm_encoder *encoder);
  uint8_t *bytes; /* encoded, not yet taken */
  size_t count, capacity;
};

/* Room for `more` bytes behind those that are there; 0 without memory. */
int ferm_encoder_reserve(ferm_encoder *encoder, size_t more);

#endif
