/* What the shim's files share. */
#ifndef FERM_IMAGE_DECODER_H
#define FERM_IMAGE_DECODER_H

#include "FermImageShim.h"

/* Each format's decoder begins with this. */
struct ferm_decoder {
  int (*read)(
    ferm_decoder *decoder, ferm_background background, uint8_t *pixels, size_t capacity,
    ferm_image_failure *failure);
  void (*close)(ferm_decoder *decoder);
};

void *ferm_image_allocate(size_t size, ferm_image_failure *failure);
void ferm_image_fail(ferm_image_failure *failure, const char *text);

/* The orientation in EXIF data, with or without its "Exif\0\0"; 1 when it says none. */
int ferm_exif_orientation(const uint8_t *bytes, size_t count);

/* In place: pixels of `channels` samples and an alpha become pixels of `channels`, laid over the background. */
void ferm_flatten_alpha(uint8_t *pixels, size_t count, int channels, ferm_background background);
/* In place: pixels of four inks become RGB, the light that they leave, without a colour profile. */
void ferm_flatten_inks(uint8_t *pixels, size_t count, int inverted);

#endif
