#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  ferm_decoder base;
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t left;
  ferm_image_failure *failure;
  uint32_t channels, samples;
} decoder;

static void on_error(png_structp png, png_const_charp text) {
  decoder *self = png_get_error_ptr(png);
  ferm_image_fail(self->failure, text);
  png_longjmp(png, 1);
}

/* Warnings speak of what costs no pixel, but for these: a damaged chunk that may have held the transparency or the
   orientation, and colours that are in no palette. */
static void on_warning(png_structp png, png_const_charp text) {
  static const char spare[] = "tEXt zTXt iTXt iCCP gAMA cHRM sRGB pHYs tIME bKGD sBIT hIST oFFs sCAL pCAL sPLT sTER";
  char chunk[5] = {0};
  strncpy(chunk, text, 4);
  int is_damage = strstr(text, "CRC error") && !strstr(spare, chunk);
  if (is_damage || strncmp(text, "tRNS", 4) == 0 || strstr(text, "palette index")) on_error(png, text);
}

static void on_read(png_structp png, png_bytep into, size_t count) {
  decoder *self = png_get_io_ptr(png);
  if (count > self->left) png_error(png, "the file ends early");
  memcpy(into, self->bytes, count);
  self->bytes += count;
  self->left -= count;
}

/* Everything up to the first IDAT, and the conversions to 8 bits. Runs under the caller's setjmp. */
static void start(decoder *self, ferm_image_header *header) {
  png_structp png = self->png;
  png_set_read_fn(png, self, on_read);
  png_set_benign_errors(png, 1); /* to warnings */
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* the caller has a limit of its own */
  /* Text, profiles and other chunks that may unpack to megabytes are stepped over. */
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "eXIf", 1);
  png_read_info(png, self->info);

  png_set_scale_16(png);
  png_set_expand(png); /* palette to RGB, small greys to 8 bits, a transparent colour to alpha */
  int type = png_get_color_type(png, self->info);
  int alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, self->info, PNG_INFO_tRNS) != 0;
  self->channels = (type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  self->samples = self->channels + (alpha ? 1 : 0);
  header->width = png_get_image_width(png, self->info);
  header->height = png_get_image_height(png, self->info);
  header->channels = self->channels;
  header->slack = alpha ? header->width : 0;
  int interlaced = png_get_interlace_type(png, self->info) != PNG_INTERLACE_NONE;
  /* The passes of an interlaced image need all of it, alpha included. */
  header->memory = alpha && interlaced ? (uint64_t)header->width * header->height * self->samples : 0;
}

static int orientation(decoder *self) {
  png_uint_32 count = 0;
  png_bytep bytes = NULL;
  if (png_get_eXIf_1(self->png, self->info, &count, &bytes) == 0) return 1;
  return ferm_exif_orientation(bytes, count);
}

/* Row by row; each is flattened where it lies, before the next overwrites its alpha. */
static void read_plain(decoder *self, uint32_t width, uint32_t height, ferm_background background, uint8_t *pixels) {
  for (uint32_t y = 0; y < height; y++) {
    uint8_t *row = pixels + (size_t)y * width * self->channels;
    png_read_row(self->png, row, NULL);
    if (self->samples > self->channels) ferm_flatten_alpha(row, width, (int)self->channels, background);
  }
}

static void read_interlaced(decoder *self, uint32_t height, int passes, uint8_t *pixels, size_t stride) {
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < height; y++) png_read_row(self->png, pixels + y * stride, NULL);
}

static int read_pixels(
  ferm_decoder *base, ferm_background background, uint8_t *pixels, size_t capacity, ferm_image_failure *failure) {
  decoder *self = (decoder *)base;
  uint8_t *volatile whole = NULL; /* survives the jump */
  self->failure = failure;
  if (setjmp(png_jmpbuf(self->png)) != 0) {
    free(whole);
    return 0;
  }
  uint32_t width = png_get_image_width(self->png, self->info), height = png_get_image_height(self->png, self->info);
  int alpha = self->samples > self->channels;
  size_t stride = (size_t)width * self->samples, packed = (size_t)width * self->channels;
  int passes = png_set_interlace_handling(self->png);
  png_read_update_info(self->png, self->info);
  if (png_get_rowbytes(self->png, self->info) != stride || capacity != height * packed + (alpha ? width : 0))
    png_error(self->png, "the rows have another size than the header says");
  if (passes == 1) {
    read_plain(self, width, height, background, pixels);
  } else if (!alpha) {
    read_interlaced(self, height, passes, pixels, stride);
  } else {
    whole = ferm_image_allocate(height * stride, failure);
    if (!whole) return 0;
    read_interlaced(self, height, passes, whole, stride);
    for (uint32_t y = 0; y < height; y++) {
      ferm_flatten_alpha(whole + y * stride, width, (int)self->channels, background);
      memcpy(pixels + y * packed, whole + y * stride, packed);
    }
    free(whole);
    whole = NULL;
  }
  png_read_end(self->png, self->info); /* the last sums and IEND, so their absence is noticed; EXIF may come late */
  return orientation(self);
}

static void close_decoder(ferm_decoder *base) {
  decoder *self = (decoder *)base;
  png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self);
}

ferm_decoder *ferm_png_open(
  const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure) {
  decoder *self = ferm_image_allocate(sizeof *self, failure);
  if (!self) return NULL;
  self->base = (ferm_decoder){read_pixels, close_decoder};
  self->bytes = bytes;
  self->left = count;
  self->failure = failure;
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
  self->info = self->png ? png_create_info_struct(self->png) : NULL;
  if (!self->info) {
    ferm_image_fail(failure, "no memory");
    close_decoder(&self->base);
    return NULL;
  }
  if (setjmp(png_jmpbuf(self->png)) != 0) {
    close_decoder(&self->base);
    return NULL;
  }
  start(self, header);
  return &self->base;
}
