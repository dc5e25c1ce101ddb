#include "FermImageShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct {
  struct jpeg_error_mgr base; /* first, so that the library's pointer is ours */
  jmp_buf leave;
  char *message;
} errors;

static void leave(j_common_ptr info) {
  errors *e = (errors *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(e->message, sizeof((ferm_image *)0)->message, "%s", text);
  longjmp(e->leave, 1);
}

/* Level -1 is a warning: damaged data that the library would paint over. Other levels are traces. */
static void notice(j_common_ptr info, int level) {
  if (level < 0) leave(info);
}

static void ink_to_rgb(const uint8_t *ink, uint8_t *rgb, uint32_t width, int inverted) {
  for (uint32_t x = 0; x < width; x++, ink += 4, rgb += 3)
    for (int c = 0; c < 3; c++) {
      unsigned colour = inverted ? ink[c] : 255u - ink[c], black = inverted ? ink[3] : 255u - ink[3];
      rgb[c] = (uint8_t)((colour * black + 127) / 255);
    }
}

int ferm_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t pixel_limit, ferm_image *image) {
  struct jpeg_decompress_struct info;
  errors e;
  uint8_t *volatile row = NULL;
  info.err = jpeg_std_error(&e.base);
  e.base.error_exit = leave;
  e.base.emit_message = notice;
  e.message = image->message;
  image->pixels = NULL;
  jpeg_create_decompress(&info);
  if (setjmp(e.leave)) {
    jpeg_destroy_decompress(&info);
    free(row);
    free(image->pixels);
    image->pixels = NULL;
    return FERM_IMAGE_BROKEN;
  }
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  image->width = info.image_width, image->height = info.image_height;
  if ((uint64_t)image->width * image->height > pixel_limit) {
    jpeg_destroy_decompress(&info);
    return FERM_IMAGE_TOO_LARGE;
  }
  int ink = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  image->channels = info.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
  info.out_color_space = ink ? JCS_CMYK : image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&info);
  size_t stride = (size_t)image->width * (size_t)image->channels;
  image->pixels = malloc(stride * image->height);
  row = ink ? malloc((size_t)image->width * 4) : NULL;
  if (!image->pixels || (ink && !row)) {
    jpeg_destroy_decompress(&info);
    free(row);
    free(image->pixels);
    image->pixels = NULL;
    return FERM_IMAGE_NO_MEMORY;
  }
  while (info.output_scanline < info.output_height) {
    uint8_t *line = image->pixels + stride * info.output_scanline;
    JSAMPROW target = ink ? row : line;
    jpeg_read_scanlines(&info, &target, 1);
    if (ink) ink_to_rgb(row, line, image->width, info.saw_Adobe_marker);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free(row);
  return FERM_IMAGE_OK;
}
