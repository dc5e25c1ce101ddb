/* A program of 0.1: its header, its calls, arrays of FERM_MAX_LABELS. Prints the bits of what it gets. argv[1]: a model */
#include <ferm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const char *name, const float *numbers, size_t count) {
  printf("%s", name);
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &numbers[i], 4);
    printf(" %08x", (unsigned)bits);
  }
  printf("\n");
}

int main(int count, char **words) {
  ferm_model *model;
  ferm_session *session;
  size_t shape[3];
  if (count != 2 || ferm_model_open(words[1], &model) || ferm_session_create(model, 2, 4, &session) ||
      ferm_model_input_shape(model, shape)) {
    fprintf(stderr, "%s\n", ferm_last_error());
    return 1;
  }
  size_t labels = ferm_model_label_count(model), pixels = shape[0] * shape[1] * shape[2];
  printf("%s %s\n", ferm_model_name(model), ferm_model_label(model, 0));

  float *input = malloc(4 * 3 * pixels), results[3 * FERM_MAX_LABELS + 1];
  for (size_t i = 0; i < 3 * pixels; i++) input[i] = (float)((i * 2654435761u >> 8) & 0xFFFF) / 65536;
  for (size_t i = 0; i <= 3 * FERM_MAX_LABELS; i++) results[i] = -7;
  if (ferm_session_logits(session, input, 3, results)) return 2;
  print("logits", results, 3 * labels);

  uint8_t grey[40 * 30], rgb[40 * 30 * 3];
  for (int i = 0; i < 40 * 30 * 3; i++) rgb[i] = (uint8_t)(i * 7 + i / 40), grey[i / 3] = (uint8_t)(i * 5);
  ferm_image images[3] = {{grey, 40, 30, 1, 0}, {rgb, 40, 30, 3, 120}, {rgb + 3, 20, 30, 3, 120}};
  if (ferm_session_predict(session, images, 3, results)) return 3;
  print("probabilities", results, 3 * labels);
  if (results[3 * FERM_MAX_LABELS] != -7 || results[3 * labels] != -7) return 4;
  images[1].channels = 4;
  if (ferm_session_predict(session, images, 3, results) != FERM_VALUE) return 5;
  printf("%s\n", ferm_last_error());

  free(input);
  ferm_session_free(session);
  ferm_model_free(model);
  return 0;
}
