/* Says what a face expresses, with libferm; libpng reads the picture.

     cc classify.c -o classify $(pkg-config --cflags --libs ferm libpng)
     ./classify model.ferm face.png */
#include <ferm.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: %s MODEL.ferm FACE.png\n", words[0]);
    return 2;
  }

  ferm_model *model;
  ferm_session *session;
  if (ferm_model_open(words[1], &model) != FERM_OK || ferm_session_create(model, 1, 1, &session) != FERM_OK) {
    fprintf(stderr, "%s\n", ferm_last_error());
    return 3;
  }

  png_image png = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_file(&png, words[2])) {
    fprintf(stderr, "%s: %s\n", words[2], png.message);
    return 1;
  }
  png.format = PNG_FORMAT_RGB;
  uint8_t *pixels = malloc(PNG_IMAGE_SIZE(png));
  if (!pixels || !png_image_finish_read(&png, NULL, pixels, 0, NULL)) {
    fprintf(stderr, "%s: %s\n", words[2], pixels ? png.message : "too large for the memory");
    return 1;
  }

  ferm_image face = {.pixels = pixels, .width = png.width, .height = png.height, .channels = 3};
  float probabilities[FERM_MAX_LABELS];
  if (ferm_session_predict(session, &face, 1, probabilities) != FERM_OK) {
    fprintf(stderr, "%s: %s\n", words[2], ferm_last_error());
    return 1;
  }

  size_t best = 0, labels = ferm_model_label_count(model);
  for (size_t i = 1; i < labels; i++)
    if (probabilities[i] > probabilities[best]) best = i;
  printf("%s %.3f\n", ferm_model_label(model, best), probabilities[best]);

  free(pixels);
  ferm_session_free(session);
  ferm_model_free(model);
  return 0;
}
