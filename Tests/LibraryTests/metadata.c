/* What a model says of itself, and probabilities of logits. argv[1]: a model. Prints the metadata, a line an entry: kind, key, text. */
#include "expect.h"
#include <locale.h>
#include <math.h>
#include <string.h>

static void entries(const ferm_model *model) {
  enum { KNOWN = sizeof(ferm_metadata), WORD = sizeof(size_t) };
  size_t count = ferm_model_metadata_count(model);
  ferm_metadata entry = FERM_METADATA_INIT;
  for (size_t i = 0; i < count; i++) {
    EXPECT(ferm_model_metadata(model, i, &entry) == FERM_OK && entry.size == KNOWN);
    printf("%zu %s %s\n", entry.kind, entry.key, entry.text);
    const char *text = ferm_model_metadata_text(model, entry.key);
    EXPECT(text == entry.text || entry.kind == FERM_NOTE);
  }
  EXPECT(ferm_model_metadata(model, count, &entry) == FERM_ARGUMENT && ferm_model_metadata(model, (size_t)-1, &entry) == FERM_ARGUMENT);
  EXPECT(ferm_model_metadata(NULL, 0, &entry) == FERM_ARGUMENT && ferm_model_metadata_count(NULL) == 0);
  EXPECT(!ferm_model_metadata_text(model, "") && !ferm_model_metadata_text(model, "licens") && !ferm_model_metadata_text(model, "licenses"));
  EXPECT(!ferm_model_metadata_text(model, NULL) && !ferm_model_metadata_text(NULL, "license"));
  if (count == 0) return;
  EXPECT(ferm_model_metadata(model, 0, NULL) == FERM_ARGUMENT);
  /* programs older and newer than the library, at the edge of memory */
  for (size_t size = WORD; size <= KNOWN + WORD; size += WORD) {
    char *given = at_the_edge(size);
    memset(given, 0xFF, size);
    memcpy(given, &size, WORD);
    EXPECT(ferm_model_metadata(model, 0, (ferm_metadata *)given) == FERM_OK);
    const char *key = NULL;
    if (size >= 2 * WORD) EXPECT((memcpy(&key, given + WORD, WORD), key) && ferm_model_metadata_text(model, key));
    size_t newer = 0;
    if (size > KNOWN) EXPECT((memcpy(&newer, given + KNOWN, WORD), newer) == 0);
  }
  entry.size = 7;
  EXPECT(ferm_model_metadata(model, 0, &entry) == FERM_ARGUMENT);
}

static void outputs_have_numbers(const ferm_model *model) {
  size_t index;
  for (size_t i = 0; i < ferm_model_output_count(model); i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    EXPECT(ferm_model_output(model, i, &output) == FERM_OK);
    EXPECT(ferm_model_output_index(model, output.name, &index) == FERM_OK && index == i);
  }
  index = 77;
  EXPECT(ferm_model_output_index(model, "no such", &index) == FERM_UNSUPPORTED && strstr(ferm_last_error(), " numbers)") && index == 77);
  EXPECT(ferm_model_output_index(model, "", &index) == FERM_UNSUPPORTED);
  EXPECT(ferm_model_output_index(NULL, "scores", &index) == FERM_ARGUMENT && ferm_model_output_index(model, NULL, &index) == FERM_ARGUMENT);
  EXPECT(ferm_model_output_index(model, "scores", NULL) == FERM_ARGUMENT);
}

/* A session's own probabilities, and by the formula. */
static void logits_become_probabilities(const ferm_model *model) {
  enum { ROWS = 3 };
  size_t labels = ferm_model_label_count(model), shape[3];
  double temperature = ferm_model_temperature(model);
  EXPECT(temperature > 0 && ferm_model_temperature(NULL) == 0);
  float logits[ROWS * 7], got[ROWS * 7];
  if (labels == 0 || labels > 7) {
    EXPECT(labels || ferm_model_probabilities(model, logits, 1, got, 7) == FERM_UNSUPPORTED);
    return;
  }
  for (size_t i = 0; i < ROWS * labels; i++) logits[i] = (float)(i * 37 % 19) - 9;
  float *room = at_the_edge(4 * ROWS * labels);
  EXPECT(ferm_model_probabilities(model, logits, ROWS, room, ROWS * labels) == FERM_OK);
  for (size_t row = 0; row < ROWS; row++) {
    double sum = 0;
    for (size_t i = 0; i < labels; i++) sum += exp(logits[row * labels + i] / temperature);
    for (size_t i = 0; i < labels; i++)
      EXPECT(fabs(room[row * labels + i] - exp(logits[row * labels + i] / temperature) / sum) < 1e-6);
  }
  memcpy(got, logits, sizeof got);
  EXPECT(ferm_model_probabilities(model, got, ROWS, got, ROWS * labels) == FERM_OK && memcmp(got, room, 4 * ROWS * labels) == 0);

  EXPECT(ferm_model_probabilities(model, logits, ROWS, got, ROWS * labels - 1) == FERM_ARGUMENT);
  EXPECT(ferm_model_probabilities(model, logits, (size_t)-1, got, (size_t)-1) == FERM_ARGUMENT);
  EXPECT(ferm_model_probabilities(model, NULL, 1, got, labels) == FERM_ARGUMENT);
  EXPECT(ferm_model_probabilities(model, logits, 1, NULL, labels) == FERM_ARGUMENT);
  EXPECT(ferm_model_probabilities(NULL, logits, 1, got, labels) == FERM_ARGUMENT);
  EXPECT(ferm_model_probabilities(model, NULL, 0, NULL, 0) == FERM_OK);
  static const float bad[] = {NAN, INFINITY};
  for (int i = 0; i < 2; i++) {
    logits[labels] = bad[i];
    EXPECT(ferm_model_probabilities(model, logits, ROWS, got, ROWS * labels) == FERM_NOT_FINITE && strstr(ferm_last_error(), "Row 1 "));
    EXPECT(memcmp(got, room, 4 * labels) == 0 && memcmp(got + 2 * labels, room + 2 * labels, 4 * labels) == 0 && isnan(got[labels]));
  }
  logits[labels] = -INFINITY;
  EXPECT(labels == 1 || (ferm_model_probabilities(model, logits, ROWS, got, ROWS * labels) == FERM_OK && got[labels] == 0));

  /* what a session makes of the same input */
  ferm_session *session;
  uint8_t face[48 * 48];
  for (size_t i = 0; i < sizeof face; i++) face[i] = (uint8_t)(i * 7 + i / 48);
  ferm_image image = {face, 48, 48, 1, 0};
  ferm_output output = FERM_OUTPUT_INIT;
  ferm_rows rows = {0, logits, labels};
  while (ferm_model_output(model, rows.output, &output) == FERM_OK && output.kind != FERM_SCORES) rows.output++;
  EXPECT(ferm_model_input_shape(model, shape) == FERM_OK);
  EXPECT(ferm_session_create(model, 1, 1, &session) == FERM_OK);
  EXPECT(ferm_session_predict_into(session, &image, sizeof image, 1, got, labels) == FERM_OK);
  EXPECT(ferm_session_image_outputs(session, &image, sizeof image, 1, &rows, sizeof rows, 1) == FERM_OK);
  EXPECT(ferm_model_probabilities(model, logits, 1, logits, labels) == FERM_OK && memcmp(logits, got, 4 * labels) == 0);
  ferm_session_free(session);
}

int main(int count, char **words) {
  ferm_model *model;
  setlocale(LC_ALL, ""); /* numbers in words must not follow it */
  if (count != 2 || ferm_model_open(words[1], &model)) return 2;
  const char *digest = ferm_model_digest(model);
  EXPECT(digest && strlen(digest) == 64 && strspn(digest, "0123456789abcdef") == 64 && !ferm_model_digest(NULL));
  printf("%s\n", digest);
  entries(model);
  outputs_have_numbers(model);
  logits_become_probabilities(model);
  ferm_model_free(model);
  return failures ? 1 : 0;
}
