/* libjpeg and libpng report errors by longjmp, which must not cross Swift frames: these calls end it here.
   Each call stands alone, keeps nothing, and may run on any thread. */
#ifndef FERM_IMAGE_SHIM_H
#define FERM_IMAGE_SHIM_H

#include <stddef.h>
#include <stdint.h>

/* How the samples of one decoded pixel are to be read; all have 8 bits. */
enum {
  FERM_LAYOUT_GREY = 1,
  FERM_LAYOUT_GREY_ALPHA = 2,
  FERM_LAYOUT_RGB = 3,
  FERM_LAYOUT_RGBA = 4,
  FERM_LAYOUT_CMYK = 5,
  FERM_LAYOUT_CMYK_INVERTED = 6 /* as Adobe writes it: 255 is no ink */
};

typedef struct {
  uint32_t width, height;
  uint32_t samples; /* bytes of a pixel: 1 to 4 */
  uint32_t layout;
} ferm_image_header;

/* Why a call failed, in the library's own words, always terminated. */
typedef struct {
  char text[200];
} ferm_image_failure;

/* Reads what comes before the pixels and allocates nothing that grows with the image. 0, or -1 and a failure. */
int ferm_jpeg_header(const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure);
int ferm_png_header(const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure);

/* Decodes to rows without padding. capacity must be width * height * samples of the header read from the same
   bytes. Whatever the library calls corrupt, and a file that ends early, is a failure. 0, or -1 and a failure. */
int ferm_jpeg_pixels(
  const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, ferm_image_failure *failure);
int ferm_png_pixels(
  const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, ferm_image_failure *failure);

#endif
