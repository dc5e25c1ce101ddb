#include "FermImageShim.h"

#include <stdio.h>
#include <string.h>

#include <png.h>

typedef struct {
  const uint8_t *bytes;
  size_t left;
  ferm_image_failure *failure;
} source;

static void on_error(png_structp png, png_const_charp text) {
  source *self = png_get_error_ptr(png);
  snprintf(self->failure->text, sizeof self->failure->text, "%s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void on_read(png_structp png, png_bytep into, size_t count) {
  source *self = png_get_io_ptr(png);
  if (count > self->left) png_error(png, "the file ends early");
  memcpy(into, self->bytes, count);
  self->bytes += count;
  self->left -= count;
}

/* Everything up to the first IDAT, and the conversions to 8 bits. Runs under the caller's setjmp. */
static void start(png_structp png, png_infop info, source *self, ferm_image_header *header) {
  png_set_read_fn(png, self, on_read);
  png_set_benign_errors(png, 0);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* the caller has a limit of its own */
  /* Text, profiles and other chunks that may unpack to megabytes are stepped over, their sums still checked. */
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);

  png_set_scale_16(png);
  png_set_expand(png); /* palette to RGB, small greys to 8 bits, a transparent colour to alpha */
  int type = png_get_color_type(png, info);
  int alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  int colour = (type & PNG_COLOR_MASK_COLOR) != 0;
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->samples = (colour ? 3 : 1) + (alpha ? 1 : 0);
  header->layout = colour ? (alpha ? FERM_LAYOUT_RGBA : FERM_LAYOUT_RGB)
                          : (alpha ? FERM_LAYOUT_GREY_ALPHA : FERM_LAYOUT_GREY);
}

static void read_rows(
  png_structp png, png_infop info, uint8_t *pixels, size_t capacity, const ferm_image_header *header) {
  size_t stride = (size_t)header->width * header->samples;
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != stride || capacity / header->height != stride)
    png_error(png, "the rows have another size than the header says");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < header->height; y++) png_read_row(png, pixels + y * stride, NULL);
  png_read_end(png, NULL); /* the last sums and IEND, so their absence is noticed */
}

/* pixels may be NULL: then the header is all that is wanted. */
static int decode(
  const uint8_t *bytes, size_t count, ferm_image_header *header, uint8_t *pixels, size_t capacity,
  ferm_image_failure *failure) {
  source self = {bytes, count, failure};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    snprintf(failure->text, sizeof failure->text, "no memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  start(png, info, &self, header);
  if (pixels) read_rows(png, info, pixels, capacity, header);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int ferm_png_header(
  const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure) {
  return decode(bytes, count, header, NULL, 0, failure);
}

int ferm_png_pixels(
  const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, ferm_image_failure *failure) {
  ferm_image_header header;
  return decode(bytes, count, &header, pixels, capacity, failure);
}
