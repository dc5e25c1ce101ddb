#include "FermImageShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  const uint8_t *next;
  size_t left;
} source;

static void read_bytes(png_structp png, png_bytep into, size_t count) {
  source *s = png_get_io_ptr(png);
  if (count > s->left) png_error(png, "the file ends too early");
  memcpy(into, s->next, count);
  s->next += count, s->left -= count;
}

static void leave(png_structp png, png_const_charp text) {
  ferm_image *image = png_get_error_ptr(png);
  snprintf(image->message, sizeof image->message, "%s", text);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) { (void)png, (void)text; }

int ferm_decode_png(const uint8_t *bytes, size_t count, uint64_t pixel_limit, ferm_image *image) {
  source s = {bytes, count};
  png_bytep *volatile rows = NULL;
  png_infop info = NULL;
  image->pixels = NULL;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, leave, ignore);
  if (png) info = png_create_info_struct(png);
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return FERM_IMAGE_NO_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    free(image->pixels);
    image->pixels = NULL;
    return FERM_IMAGE_BROKEN;
  }
  png_set_read_fn(png, &s, read_bytes);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, info);
  image->width = png_get_image_width(png, info), image->height = png_get_image_height(png, info);
  if ((uint64_t)image->width * image->height > pixel_limit) {
    png_destroy_read_struct(&png, &info, NULL);
    return FERM_IMAGE_TOO_LARGE;
  }
  /* Everything becomes 8-bit grey or RGB; transparency lies on white. */
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_interlace_handling(png);
  int alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
  png_read_update_info(png, info);
  int stored = png_get_channels(png, info);
  image->channels = stored - (alpha ? 1 : 0);
  size_t stride = png_get_rowbytes(png, info);
  image->pixels = malloc(stride * image->height);
  rows = malloc(sizeof(png_bytep) * image->height);
  if (!image->pixels || !rows) png_error(png, "out of memory");
  for (uint32_t y = 0; y < image->height; y++) rows[y] = image->pixels + stride * y;
  png_read_image(png, rows);
  png_read_end(png, NULL);
  if (alpha) {
    uint8_t *to = image->pixels;
    const uint8_t *from = image->pixels;
    for (uint64_t i = 0; i < (uint64_t)image->width * image->height; i++, from += stored)
      for (int c = 0; c < image->channels; c++) {
        unsigned a = from[image->channels];
        *to++ = (uint8_t)((from[c] * a + 255u * (255u - a) + 127) / 255);
      }
  }
  png_destroy_read_struct(&png, &info, NULL);
  free(rows);
  return FERM_IMAGE_OK;
}
