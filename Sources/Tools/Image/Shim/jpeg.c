#include "decoder.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE without including it */
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A few kilobytes can announce thousands of scans over a huge frame; real encoders write about ten. */
enum { MOST_SCANS = 100 };

typedef struct {
  ferm_decoder base;
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  ferm_image_failure *failure;
  int in_scans;    /* whether the header is behind us */
  int ended_early; /* whether the file ended before its end marker */
  unsigned seen;   /* components that a scan has brought, a bit each */
} decoder;

static const char early[] = "Premature end of JPEG file";

static void on_error(j_common_ptr codec) {
  decoder *self = codec->client_data;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  ferm_image_fail(self->failure, self->ended_early ? early : text);
  longjmp(self->escape, 1);
}

/* libjpeg warns both of slips that cost no pixel and of pixels that it fills with grey. */
static int is_harmless(const decoder *self) {
  switch (self->errors.msg_code) {
  case JWRN_JFIF_MAJOR:        /* an odd JFIF version */
  case JWRN_ADOBE_XFORM:       /* an unknown colour transform: the usual one is taken */
  case JWRN_NOT_SEQUENTIAL:    /* scans of a sequential image with the limits of a progressive one, which nobody reads */
  case JWRN_BOGUS_PROGRESSION: /* refinements in an odd order; is_complete() sees what is missing */
    return 1;
  case JWRN_EXTRANEOUS_DATA: { /* stray bytes between markers; before a restart they are pixels that went wrong */
    int marker = self->errors.msg_parm.i[1];
    return marker < JPEG_RST0 || marker > JPEG_RST0 + 7;
  }
  case JWRN_JPEG_EOF: /* a scan that lacks bytes warns once more; arithmetic coding alone does not */
    return self->in_scans && !self->codec.arith_code;
  default: return 0;
  }
}

static void on_message(j_common_ptr codec, int level) {
  decoder *self = codec->client_data;
  if (level >= 0) return;
  if (!is_harmless(self)) on_error(codec);
  if (self->errors.msg_code == JWRN_JPEG_EOF) self->ended_early = 1;
}

static void on_output(j_common_ptr codec) { (void)codec; }

static void on_progress(j_common_ptr codec) {
  decoder *self = codec->client_data;
  for (int i = 0; i < self->codec.comps_in_scan; i++) self->seen |= 1u << self->codec.cur_comp_info[i]->component_index;
  if (self->codec.input_scan_number <= MOST_SCANS) return;
  snprintf(self->failure->text, sizeof self->failure->text, "more than %d scans", MOST_SCANS);
  longjmp(self->escape, 1);
}

/* Everything up to the first scan. Runs under the caller's setjmp. */
static void start(decoder *self, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&self->codec);
  self->progress.progress_monitor = on_progress;
  self->codec.progress = &self->progress;
  jpeg_save_markers(&self->codec, JPEG_APP0 + 1, 0xFFFF); /* EXIF */
  jpeg_mem_src(&self->codec, bytes, (unsigned long)count);
  jpeg_read_header(&self->codec, TRUE);
  switch (self->codec.jpeg_color_space) {
  case JCS_GRAYSCALE: self->codec.out_color_space = JCS_GRAYSCALE; break;
  case JCS_CMYK:
  case JCS_YCCK: self->codec.out_color_space = JCS_CMYK; break;
  default: self->codec.out_color_space = JCS_RGB; /* what has no conversion to RGB fails when decoding starts */
  }
}

/* Of the output, whose size libjpeg has worked out. */
static void describe(decoder *self, ferm_image_header *header) {
  header->width = self->codec.output_width;
  header->height = self->codec.output_height;
  header->channels = self->codec.out_color_space == JCS_GRAYSCALE ? 1 : 3;
  header->slack = self->codec.out_color_space == JCS_CMYK ? header->width : 0;
  header->memory = 0;
  if (!jpeg_has_multiple_scans(&self->codec)) return;
  for (int i = 0; i < self->codec.num_components; i++) { /* all coefficients are held until the last scan */
    const jpeg_component_info *component = &self->codec.comp_info[i];
    header->memory += (uint64_t)component->width_in_blocks * component->height_in_blocks * sizeof(JBLOCK);
  }
}

static int orientation(const decoder *self) {
  for (jpeg_saved_marker_ptr marker = self->codec.marker_list; marker; marker = marker->next)
    if (marker->data_length >= 6 && memcmp(marker->data, "Exif\0", 6) == 0)
      return ferm_exif_orientation(marker->data, marker->data_length);
  return 1;
}

/* Whether the scans brought every component, and all of it where the file ended before it said that it was done. */
static int is_complete(const decoder *self) {
  const struct jpeg_decompress_struct *codec = &self->codec;
  if (!jpeg_has_multiple_scans((j_decompress_ptr)codec)) return 1;
  for (int i = 0; i < codec->num_components; i++) {
    if (!codec->progressive_mode && (self->seen >> i & 1) == 0) return 0;
    if (!codec->progressive_mode) continue;
    if (codec->coef_bits[i][0] < 0) return 0;
    for (int k = 0; self->ended_early && k < DCTSIZE2; k++)
      if (codec->coef_bits[i][k] != 0) return 0;
  }
  return 1;
}

static int read_pixels(
  ferm_decoder *base, ferm_background background, uint8_t *pixels, size_t capacity, ferm_image_failure *failure) {
  decoder *self = (decoder *)base;
  (void)background;
  self->failure = failure;
  if (setjmp(self->escape) != 0) return 0;
  self->in_scans = 1;
  jpeg_start_decompress(&self->codec);
  if (!is_complete(self)) {
    ferm_image_fail(failure, self->ended_early ? early : "a component of the image is missing");
    return 0;
  }
  ferm_image_header header;
  describe(self, &header);
  size_t stride = (size_t)header.width * header.channels;
  if (capacity != header.height * stride + header.slack) ERREXIT(&self->codec, JERR_BUFFER_SIZE);
  while (self->codec.output_scanline < self->codec.output_height) {
    JSAMPROW row = pixels + self->codec.output_scanline * stride;
    jpeg_read_scanlines(&self->codec, &row, 1);
    if (self->codec.out_color_space == JCS_CMYK)
      ferm_flatten_inks(row, header.width, self->codec.saw_Adobe_marker);
  }
  int turned = orientation(self);
  jpeg_finish_decompress(&self->codec); /* reads on to the end marker */
  return turned;
}

static void close_decoder(ferm_decoder *base) {
  jpeg_destroy_decompress(&((decoder *)base)->codec);
  free(base);
}

ferm_decoder *ferm_jpeg_open(
  const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure) {
  decoder *self = ferm_image_allocate(sizeof *self, failure);
  if (!self) return NULL;
  self->base = (ferm_decoder){read_pixels, close_decoder};
  self->failure = failure;
  self->codec.err = jpeg_std_error(&self->errors);
  self->codec.client_data = self;
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = on_output;
  if (setjmp(self->escape) != 0) {
    close_decoder(&self->base);
    return NULL;
  }
  start(self, bytes, count);
  jpeg_calc_output_dimensions(&self->codec);
  describe(self, header);
  return &self->base;
}

void ferm_jpeg_reduce(ferm_decoder *base, int denominator, ferm_image_header *header) {
  decoder *self = (decoder *)base;
  self->codec.scale_num = 1;
  self->codec.scale_denom = (unsigned)denominator;
  jpeg_calc_output_dimensions(&self->codec);
  describe(self, header);
}
