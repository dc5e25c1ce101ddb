#include "encoder.h"

#include <stdlib.h>

int ferm_encoder_reserve(ferm_encoder *encoder, size_t more) {
  if (encoder->capacity - encoder->count >= more) return 1;
  size_t capacity = 2 * encoder->capacity > encoder->count + more ? 2 * encoder->capacity : encoder->count + more;
  uint8_t *bytes = realloc(encoder->bytes, capacity);
  if (!bytes) return 0;
  encoder->bytes = bytes;
  encoder->capacity = capacity;
  return 1;
}

int ferm_encoder_write(ferm_encoder *encoder, const uint8_t *rows, uint32_t count, ferm_image_failure *failure) {
  return encoder->write(encoder, rows, count, failure);
}

int ferm_encoder_finish(ferm_encoder *encoder, ferm_image_failure *failure) { return encoder->finish(encoder, failure); }

const uint8_t *ferm_encoder_take(ferm_encoder *encoder, size_t *count) {
  *count = encoder->count;
  encoder->count = 0;
  return encoder->bytes;
}

void ferm_encoder_close(ferm_encoder *encoder) {
  free(encoder->bytes);
  encoder->close(encoder);
}
