/* Prints all that a network gives, with libferm: for each input, a line for each output.

     cc outputs.c -o outputs $(pkg-config --cflags --libs ferm)
     ./outputs model.ferm input.f32          inputs [C, H, W] of 32-bit floats, one after the other, preprocessed */
#include <ferm.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, ferm_last_error());
  return 3;
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: %s MODEL.ferm INPUT.f32\n", words[0]);
    return 2;
  }
  ferm_model *model;
  ferm_session *session;
  if (ferm_model_open(words[1], &model) != FERM_OK || ferm_session_create(model, 1, 1, &session) != FERM_OK)
    return failed(words[1]);

  size_t shape[3], outputs = ferm_model_output_count(model);
  if (ferm_model_input_shape(model, shape) != FERM_OK) return failed(words[1]);
  size_t size = shape[0] * shape[1] * shape[2];
  float *input = malloc(size * sizeof *input);
  ferm_output *what = calloc(outputs, sizeof *what);
  ferm_rows *rows = calloc(outputs, sizeof *rows);
  FILE *file = fopen(words[2], "rb");
  if (!input || !what || !rows || !file) {
    fprintf(stderr, "%s: it cannot be opened, or there is no memory\n", words[2]);
    return 1;
  }
  for (size_t i = 0; i < outputs; i++) {
    what[i] = (ferm_output)FERM_OUTPUT_INIT;
    if (ferm_model_output(model, i, &what[i]) != FERM_OK) return failed(words[1]);
    rows[i] = (ferm_rows){.output = i, .numbers = malloc(what[i].numbers * sizeof(float)), .capacity = what[i].numbers};
    if (!rows[i].numbers) return 1;
  }

  while (fread(input, sizeof *input, size, file) == size) {
    if (ferm_session_outputs(session, input, 1, rows, sizeof *rows, outputs) != FERM_OK) return failed(words[2]);
    for (size_t i = 0; i < outputs; i++) {
      printf("%s", what[i].name);
      for (size_t k = 0; k < what[i].numbers; k++) printf(" %.9g", rows[i].numbers[k]);
      printf("\n");
    }
  }

  fclose(file);
  for (size_t i = 0; i < outputs; i++) free(rows[i].numbers);
  free(rows);
  free(what);
  free(input);
  ferm_session_free(session);
  ferm_model_free(model);
  return 0;
}
