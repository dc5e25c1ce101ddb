#include "FermImageShim.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE without including it */
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A few kilobytes can announce thousands of scans over a huge frame; real encoders write about ten. */
enum { MOST_SCANS = 100 };

typedef struct {
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  ferm_image_failure *failure;
} decoder;

static void on_error(j_common_ptr codec) {
  decoder *self = codec->client_data;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  snprintf(self->failure->text, sizeof self->failure->text, "%s", text);
  longjmp(self->escape, 1);
}

/* libjpeg fills what it cannot read with grey and calls that a warning. Only an odd JFIF version harms no pixel. */
static void on_message(j_common_ptr codec, int level) {
  if (level < 0 && codec->err->msg_code != JWRN_JFIF_MAJOR) on_error(codec);
}

static void on_output(j_common_ptr codec) { (void)codec; }

static void on_progress(j_common_ptr codec) {
  decoder *self = codec->client_data;
  if (self->codec.input_scan_number <= MOST_SCANS) return;
  snprintf(self->failure->text, sizeof self->failure->text, "more than %d scans", MOST_SCANS);
  longjmp(self->escape, 1);
}

/* Everything up to the first scan. Runs under the caller's setjmp. */
static void start(decoder *self, const uint8_t *bytes, size_t count, ferm_image_header *header) {
  jpeg_create_decompress(&self->codec);
  self->progress.progress_monitor = on_progress;
  self->codec.progress = &self->progress;
  jpeg_mem_src(&self->codec, bytes, (unsigned long)count);
  jpeg_read_header(&self->codec, TRUE);

  header->width = self->codec.image_width;
  header->height = self->codec.image_height;
  switch (self->codec.jpeg_color_space) {
  case JCS_GRAYSCALE:
    self->codec.out_color_space = JCS_GRAYSCALE;
    header->samples = 1;
    header->layout = FERM_LAYOUT_GREY;
    break;
  case JCS_CMYK:
  case JCS_YCCK:
    self->codec.out_color_space = JCS_CMYK;
    header->samples = 4;
    header->layout = self->codec.saw_Adobe_marker ? FERM_LAYOUT_CMYK_INVERTED : FERM_LAYOUT_CMYK;
    break;
  default: /* what has no conversion to RGB fails when decoding starts */
    self->codec.out_color_space = JCS_RGB;
    header->samples = 3;
    header->layout = FERM_LAYOUT_RGB;
  }
}

static void prepare(decoder *self, ferm_image_failure *failure) {
  memset(self, 0, sizeof *self);
  self->failure = failure;
  self->codec.err = jpeg_std_error(&self->errors);
  self->codec.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = on_output;
}

static void read_rows(decoder *self, uint8_t *pixels, size_t capacity, const ferm_image_header *header) {
  size_t stride = (size_t)header->width * header->samples;
  jpeg_start_decompress(&self->codec);
  if (self->codec.output_width != header->width || self->codec.output_height != header->height
      || (uint32_t)self->codec.output_components != header->samples || capacity / header->height != stride)
    ERREXIT(&self->codec, JERR_BUFFER_SIZE);
  while (self->codec.output_scanline < self->codec.output_height) {
    JSAMPROW row = pixels + self->codec.output_scanline * stride;
    jpeg_read_scanlines(&self->codec, &row, 1);
  }
  jpeg_finish_decompress(&self->codec); /* reads on to the end marker, so its absence is noticed */
}

/* pixels may be NULL: then the header is all that is wanted. */
static int decode(
  const uint8_t *bytes, size_t count, ferm_image_header *header, uint8_t *pixels, size_t capacity,
  ferm_image_failure *failure) {
  decoder self;
  prepare(&self, failure);
  if (setjmp(self.escape) != 0) {
    jpeg_destroy_decompress(&self.codec);
    return -1;
  }
  start(&self, bytes, count, header);
  if (pixels) read_rows(&self, pixels, capacity, header);
  jpeg_destroy_decompress(&self.codec);
  return 0;
}

int ferm_jpeg_header(
  const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure) {
  return decode(bytes, count, header, NULL, 0, failure);
}

int ferm_jpeg_pixels(
  const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, ferm_image_failure *failure) {
  ferm_image_header header;
  return decode(bytes, count, &header, pixels, capacity, failure);
}
