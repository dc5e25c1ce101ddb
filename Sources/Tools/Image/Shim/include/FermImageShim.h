/* JPEG and PNG through libjpeg and libpng, whose errors leave by longjmp, which Swift cannot host. */
#ifndef FERM_IMAGE_SHIM_H
#define FERM_IMAGE_SHIM_H

#include <stddef.h>
#include <stdint.h>

enum { FERM_IMAGE_OK = 0, FERM_IMAGE_BROKEN = 1, FERM_IMAGE_TOO_LARGE = 2, FERM_IMAGE_NO_MEMORY = 3 };

typedef struct {
  uint32_t width, height;
  int channels;       /* 1 grey, 3 RGB */
  uint8_t *pixels;    /* malloc'd; the caller frees it */
  char message[200];  /* the library's words when the result is not OK */
} ferm_image;

/* Decode a whole file in memory. Any damage the library notices is an error, also what it could paint over. */
int ferm_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t pixel_limit, ferm_image *image);
int ferm_decode_png(const uint8_t *bytes, size_t count, uint64_t pixel_limit, ferm_image *image);

#endif
