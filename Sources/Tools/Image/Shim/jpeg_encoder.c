#include "encoder.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE without including it */
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { LEAST_ROOM = 1 << 16 };

typedef struct {
  ferm_encoder base;
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr destination;
  jmp_buf escape;
  size_t stride;
  ferm_image_failure *failure;
} encoder;

static void on_error(j_common_ptr codec) {
  encoder *self = codec->client_data;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  ferm_image_fail(self->failure, text);
  longjmp(self->escape, 1);
}

static void on_output(j_common_ptr codec) { (void)codec; }

/* libjpeg writes into the room behind the bytes that are there, and asks for more when it is full. */
static void give_room(encoder *self) {
  if (!ferm_encoder_reserve(&self->base, LEAST_ROOM)) ERREXIT1(&self->codec, JERR_OUT_OF_MEMORY, 0);
  self->destination.next_output_byte = self->base.bytes + self->base.count;
  self->destination.free_in_buffer = self->base.capacity - self->base.count;
}

static void count_bytes(encoder *self) {
  self->base.count = (size_t)(self->destination.next_output_byte - self->base.bytes);
}

static void on_start(j_compress_ptr codec) { give_room(codec->client_data); }

static boolean on_full(j_compress_ptr codec) {
  encoder *self = codec->client_data;
  self->base.count = self->base.capacity; /* libjpeg means all of the room when it calls this, whatever it has counted */
  give_room(self);
  return TRUE;
}

static void on_end(j_compress_ptr codec) { count_bytes(codec->client_data); }

static int write_rows(ferm_encoder *base, const uint8_t *rows, uint32_t count, ferm_image_failure *failure) {
  encoder *self = (encoder *)base;
  self->failure = failure;
  if (setjmp(self->escape) != 0) return 0;
  give_room(self); /* what was there may have been taken */
  for (uint32_t y = 0; y < count; y++) {
    JSAMPROW row = (JSAMPROW)(rows + y * self->stride);
    jpeg_write_scanlines(&self->codec, &row, 1);
  }
  count_bytes(self);
  return 1;
}

static int finish(ferm_encoder *base, ferm_image_failure *failure) {
  encoder *self = (encoder *)base;
  self->failure = failure;
  if (setjmp(self->escape) != 0) return 0;
  give_room(self);
  jpeg_finish_compress(&self->codec);
  return 1;
}

static void close_encoder(ferm_encoder *base) {
  jpeg_destroy_compress(&((encoder *)base)->codec);
  free(base);
}

/* Runs under the caller's setjmp. */
static void start(
  encoder *self, uint32_t width, uint32_t height, uint32_t channels, int quality, const char *comment) {
  jpeg_create_compress(&self->codec);
  self->codec.dest = &self->destination;
  self->destination.init_destination = on_start;
  self->destination.empty_output_buffer = on_full;
  self->destination.term_destination = on_end;
  self->codec.image_width = width;
  self->codec.image_height = height;
  self->codec.input_components = (int)channels;
  self->codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&self->codec);
  jpeg_set_quality(&self->codec, quality, TRUE);
  /* Colours at full size: thin coloured lines would bleed into their surroundings. */
  self->codec.comp_info[0].h_samp_factor = self->codec.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&self->codec, TRUE);
  if (comment) jpeg_write_marker(&self->codec, JPEG_COM, (const JOCTET *)comment, (unsigned)strlen(comment));
  count_bytes(self);
}

ferm_encoder *ferm_jpeg_begin(
  uint32_t width, uint32_t height, uint32_t channels, int quality, const char *comment, ferm_image_failure *failure) {
  encoder *self = ferm_image_allocate(sizeof *self, failure);
  if (!self) return NULL;
  self->base = (ferm_encoder){.write = write_rows, .finish = finish, .close = close_encoder};
  self->stride = (size_t)width * channels;
  self->failure = failure;
  self->codec.err = jpeg_std_error(&self->errors);
  self->codec.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.output_message = on_output;
  if (setjmp(self->escape) != 0) {
    ferm_encoder_close(&self->base);
    return NULL;
  }
  start(self, width, height, channels, quality, comment);
  return &self->base;
}
