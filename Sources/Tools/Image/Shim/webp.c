#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

typedef struct {
  ferm_decoder base;
  const uint8_t *bytes;
  size_t count;
  WebPDecoderConfig config;
} decoder;

enum { LOSSLESS = 2 }; /* WebPBitstreamFeatures.format */

static const char *reason(VP8StatusCode status) {
  switch (status) {
  case VP8_STATUS_OUT_OF_MEMORY: return "no memory";
  case VP8_STATUS_SUSPENDED:
  case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
  case VP8_STATUS_UNSUPPORTED_FEATURE: return "a feature that libwebp does not know";
  default: return "the WebP data is damaged";
  }
}

static int orientation(const decoder *self) {
  WebPData data = {self->bytes, self->count};
  WebPDemuxer *demuxer = WebPDemux(&data);
  WebPChunkIterator chunk;
  int result = 1;
  if (demuxer && WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
    result = ferm_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  WebPDemuxDelete(demuxer);
  return result;
}

/* The length that a RIFF file states of itself; libwebp is content with less where it finds an image all the same. */
static int is_whole(const uint8_t *bytes, size_t count) {
  if (count < 12) return 0;
  size_t stated = 0;
  for (int i = 3; i >= 0; i--) stated = stated << 8 | bytes[4 + i];
  return count - 8 >= stated;
}

static int read_pixels(
  ferm_decoder *base, ferm_background background, uint8_t *pixels, size_t capacity, ferm_image_failure *failure) {
  decoder *self = (decoder *)base;
  int width = self->config.input.width, height = self->config.input.height, alpha = self->config.input.has_alpha;
  size_t stride = (size_t)width * (alpha ? 4 : 3), size = (size_t)height * stride;
  if (capacity != (size_t)height * (size_t)width * 3) {
    ferm_image_fail(failure, "the image has another size than the header says");
    return 0;
  }
  if (!is_whole(self->bytes, self->count)) {
    ferm_image_fail(failure, reason(VP8_STATUS_NOT_ENOUGH_DATA));
    return 0;
  }
  uint8_t *whole = alpha ? ferm_image_allocate(size, failure) : pixels;
  if (!whole) return 0;
  self->config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  self->config.output.is_external_memory = 1;
  self->config.output.u.RGBA = (WebPRGBABuffer){whole, (int)stride, size};
  VP8StatusCode status = WebPDecode(self->bytes, self->count, &self->config);
  if (status == VP8_STATUS_OK && alpha)
    for (int y = 0; y < height; y++) {
      ferm_flatten_alpha(whole + (size_t)y * stride, (size_t)width, 3, background);
      memcpy(pixels + (size_t)(y * width) * 3, whole + (size_t)y * stride, (size_t)width * 3);
    }
  if (alpha) free(whole);
  if (status != VP8_STATUS_OK) {
    ferm_image_fail(failure, reason(status));
    return 0;
  }
  return orientation(self);
}

static void close_decoder(ferm_decoder *base) { free(base); }

ferm_decoder *ferm_webp_open(
  const uint8_t *bytes, size_t count, ferm_image_header *header, ferm_image_failure *failure) {
  decoder *self = ferm_image_allocate(sizeof *self, failure);
  if (!self) return NULL;
  self->base = (ferm_decoder){read_pixels, close_decoder};
  self->bytes = bytes;
  self->count = count;
  const char *wrong = NULL;
  if (!WebPInitDecoderConfig(&self->config)) {
    wrong = "libwebp has another version than its header";
  } else {
    VP8StatusCode status = WebPGetFeatures(bytes, count, &self->config.input);
    if (status != VP8_STATUS_OK)
      wrong = reason(status);
    else if (self->config.input.has_animation)
      wrong = "it is an animation, not one picture";
  }
  if (wrong) {
    ferm_image_fail(failure, wrong);
    close_decoder(&self->base);
    return NULL;
  }
  const WebPBitstreamFeatures *input = &self->config.input;
  uint64_t pixels = (uint64_t)input->width * (uint64_t)input->height;
  *header = (ferm_image_header){(uint32_t)input->width, (uint32_t)input->height, 3, 0, 0};
  header->memory = (input->has_alpha ? 4 * pixels : 0) + (input->format == LOSSLESS ? 4 * pixels : 0);
  return &self->base;
}
