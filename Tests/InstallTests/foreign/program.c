/* What a foreign project might do: prints the library's version, the model's licence, its self-tests, and the label of a grey slope. */
#include <ferm.h>
#include <stdio.h>

int main(int count, char **words) {
  ferm_model *model = NULL;
  ferm_session *session = NULL;
  size_t tests = 0, best = 0;
  float probabilities[FERM_MAX_LABELS];
  static uint8_t pixels[48 * 48];
  ferm_picture face = {{pixels, 48, 48, 1, 0}, FERM_RGB, 0, 0, 0, 0};
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i / 10);
  if (count != 2 || ferm_model_open(words[1], &model) || ferm_model_self_test(model, &tests) ||
      ferm_session_open(model, NULL, &session) ||
      ferm_session_predict_into(session, &face.image, sizeof face, 1, probabilities, FERM_MAX_LABELS)) {
    fprintf(stderr, "%s\n", ferm_last_error());
    return 1;
  }
  for (size_t i = 1; i < ferm_model_label_count(model); i++)
    if (probabilities[i] > probabilities[best]) best = i;
  printf("%s %s %u %s %.4f\n", ferm_version(), ferm_model_metadata_text(model, "license"), (unsigned)tests,
         ferm_model_label(model, best), (double)probabilities[best]);
  ferm_session_free(session);
  ferm_model_free(model);
  return 0;
}
