/* libjpeg and libpng report errors by longjmp, which must not cross Swift frames: these calls end it here.
   A decoder belongs to one thread at a time; decoders share nothing. */
#ifndef FERM_IMAGE_SHIM_H
#define FERM_IMAGE_SHIM_H

#include <stddef.h>
#include <stdint.h>

/* What is known of an image before its pixels are decoded. */
typedef struct {
  uint32_t width, height;
  uint32_t channels; /* of a decoded pixel: 1 for grey, 3 for RGB */
  uint32_t slack;    /* bytes of room that decoding needs beside height * width * channels */
  uint64_t memory;   /* bytes that the library takes for itself, as far as they grow with the image */
} ferm_image_header;

/* Why a call failed, in the library's own words, always terminated. */
typedef struct {
  char text[200];
} ferm_image_failure;

/* The colour under the transparent parts of a picture. */
typedef struct {
  uint8_t red, green, blue;
} ferm_background;

typedef struct ferm_decoder ferm_decoder;

/* Reads what comes before the pixels and allocates nothing that grows with the image. The bytes must stay where they
   are until the decoder is closed. NULL and a failure if they cannot be an image. */
ferm_decoder *ferm_jpeg_open(const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure);
ferm_decoder *ferm_png_open(const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure);
ferm_decoder *ferm_webp_open(const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure);

/* JPEG only: from here on, decode at 1 / denominator of the size (1, 2, 4 or 8); updates the header. */
void ferm_jpeg_reduce(ferm_decoder *decoder, int denominator, ferm_image_header *header);

/* Decodes to rows without padding, once. capacity must be what the header asks for. What lacks pixels is a failure;
   slips of a writer that cost none are not. Returns the EXIF orientation, 1 to 8, or 0 and a failure. */
int ferm_decoder_read(
  ferm_decoder *decoder, ferm_background background, uint8_t *pixels, size_t capacity, ferm_image_failure *failure);

void ferm_decoder_close(ferm_decoder *decoder);

typedef struct ferm_encoder ferm_encoder;

/* Begin an image of 8-bit rows without padding: 1 channel grey, 3 RGB. The program's name (ASCII, or NULL) goes into it, so that
   it can be told whose it is. NULL and a failure for sizes that the format has not. */
ferm_encoder *ferm_png_begin(
  uint32_t width, uint32_t height, uint32_t channels, const char *software, ferm_image_failure *failure);
ferm_encoder *ferm_jpeg_begin(
  uint32_t width, uint32_t height, uint32_t channels, int quality, const char *comment, ferm_image_failure *failure);

/* Encodes the next rows, of which there are as many as the height in all; then the end. 1, or 0 and a failure, after which
   nothing but closing is allowed. */
int ferm_encoder_write(ferm_encoder *encoder, const uint8_t *rows, uint32_t count, ferm_image_failure *failure);
int ferm_encoder_finish(ferm_encoder *encoder, ferm_image_failure *failure);

/* What has been encoded since the last call; the bytes stay until the next call of any kind. */
const uint8_t *ferm_encoder_take(ferm_encoder *encoder, size_t *count);

void ferm_encoder_close(ferm_encoder *encoder);

#endif
