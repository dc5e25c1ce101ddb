#include "encoder.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  ferm_encoder base;
  png_structp png;
  png_infop info;
  size_t stride;
  ferm_image_failure *failure;
} encoder;

static void on_error(png_structp png, png_const_charp text) {
  encoder *self = png_get_error_ptr(png);
  ferm_image_fail(self->failure, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  encoder *self = png_get_io_ptr(png);
  if (!ferm_encoder_reserve(&self->base, count)) png_error(png, "no memory");
  memcpy(self->base.bytes + self->base.count, bytes, count);
  self->base.count += count;
}

static void on_flush(png_structp png) { (void)png; }

static int write_rows(ferm_encoder *base, const uint8_t *rows, uint32_t count, ferm_image_failure *failure) {
  encoder *self = (encoder *)base;
  self->failure = failure;
  if (setjmp(png_jmpbuf(self->png)) != 0) return 0;
  for (uint32_t y = 0; y < count; y++) png_write_row(self->png, rows + y * self->stride);
  return 1;
}

static int finish(ferm_encoder *base, ferm_image_failure *failure) {
  encoder *self = (encoder *)base;
  self->failure = failure;
  if (setjmp(png_jmpbuf(self->png)) != 0) return 0;
  png_write_end(self->png, NULL);
  return 1;
}

static void close_encoder(ferm_encoder *base) {
  encoder *self = (encoder *)base;
  png_destroy_write_struct(&self->png, &self->info);
  free(self);
}

/* Runs under the caller's setjmp. */
static void start(encoder *self, uint32_t width, uint32_t height, uint32_t channels, const char *software) {
  png_structp png = self->png;
  png_set_write_fn(png, self, on_write, on_flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_compression_level(png, 3); /* of a photo nearly as small as by the usual 6, in a third of the time */
  png_set_IHDR(
    png, self->info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (software) {
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = "Software", .text = (png_charp)software};
    png_set_text(png, self->info, &text, 1);
  }
  png_write_info(png, self->info);
}

ferm_encoder *ferm_png_begin(
  uint32_t width, uint32_t height, uint32_t channels, const char *software, ferm_image_failure *failure) {
  encoder *self = ferm_image_allocate(sizeof *self, failure);
  if (!self) return NULL;
  self->base = (ferm_encoder){.write = write_rows, .finish = finish, .close = close_encoder};
  self->stride = (size_t)width * channels;
  self->failure = failure;
  self->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
  self->info = self->png ? png_create_info_struct(self->png) : NULL;
  if (!self->info) {
    ferm_image_fail(failure, "no memory");
    ferm_encoder_close(&self->base);
    return NULL;
  }
  if (setjmp(png_jmpbuf(self->png)) != 0) {
    ferm_encoder_close(&self->base);
    return NULL;
  }
  start(self, width, height, channels, software);
  return &self->base;
}
