/* Calls that fail, one after the other, for valgrind to look for what they leave behind. argv[1...]: model files, sound ones
   and bad ones. */
#include <dlfcn.h>
#include <errno.h>
#include <ferm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int threads_left = 1 << 20; /* threads that can still be made */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return threads_left-- > 0 ? real(thread, attributes, start, argument) : EAGAIN;
}

static void refuse(int holds, const char *what) {
  if (holds) return;
  printf("not refused as it should be: %s\n", what);
  exit(1);
}

static uint8_t pixels[3 * 8 * 6];
static const ferm_image images[3] = {{pixels, 8, 6, 3, 0}, {pixels, 8, 6, 1, 0}, {pixels, 8, 6, 2, 0}};
static float probabilities[3 * FERM_MAX_LABELS];

/* Sound images, and what is refused among others. */
static void predict(ferm_session *session, size_t labels) {
  refuse(ferm_session_predict(session, images, 2, probabilities) == FERM_OK, "sound images");
  for (int i = 0; i < 3 * FERM_MAX_LABELS; i++) probabilities[i] = 2;
  refuse(ferm_session_predict(session, images, 3, probabilities) == FERM_VALUE, "two channels");
  for (int i = 0; i < 3 * FERM_MAX_LABELS; i++) refuse(probabilities[i] == 2, "a part of a failed call's results");

  ferm_picture pictures[2] = {{.image = images[0], .order = FERM_BGR}, {.image = images[1], .x = -2, .y = 1, .width = 5, .height = 9}};
  refuse(ferm_session_predict_into(session, &pictures->image, sizeof *pictures, 2, probabilities, 2 * labels) == FERM_OK, "sound pictures");
  pictures[1].order = 99;
  refuse(ferm_session_predict_into(session, &pictures->image, sizeof *pictures, 2, probabilities, 2 * labels) == FERM_UNSUPPORTED, "an order");
  pictures[1].order = 0, pictures[1].x = 8;
  refuse(ferm_session_predict_into(session, &pictures->image, sizeof *pictures, 2, probabilities, 2 * labels) == FERM_VALUE, "a box outside");

  ferm_crop_rule rule = FERM_CROP_RULE_INIT;
  rule.side = 1;
  ferm_face faces[2] = {{.x = 1, .y = 1, .width = 4, .height = 4}, {.x = 1, .y = 1, .width = 1e300, .height = 4}};
  refuse(ferm_session_predict_faces(session, images, sizeof *images, &rule, faces, sizeof *faces, 2, probabilities, 2 * labels) == FERM_VALUE,
         "an endless face");
}

/* What models and detectors are asked in vain. */
static void ask(const ferm_model *model, ferm_session *session, size_t labels) {
  size_t index, count;
  float logits[FERM_MAX_LABELS] = {0.0f / 0.0f};
  ferm_face faces[2];
  ferm_detection_options options = FERM_DETECTION_OPTIONS_INIT;
  ferm_metadata entry = FERM_METADATA_INIT;
  refuse(ferm_model_output_index(model, "none", &index) == FERM_UNSUPPORTED, "an output that is not there");
  refuse(ferm_model_metadata(model, ferm_model_metadata_count(model), &entry) == FERM_ARGUMENT, "an entry that is not there");
  refuse(ferm_model_probabilities(model, logits, 1, logits, FERM_MAX_LABELS) == (labels ? FERM_NOT_FINITE : FERM_UNSUPPORTED), "NaN");
  if (!labels) refuse(ferm_session_predict(session, images, 1, probabilities) == FERM_UNSUPPORTED, "no class scores");
  ferm_status detected = ferm_session_detect(session, images, sizeof *images, NULL, faces, sizeof *faces, 2, &count);
  options.min_score = 2;
  refuse(ferm_session_detect(session, images, sizeof *images, &options, faces, sizeof *faces, 2, &count) != FERM_OK, "a score of 2");
  refuse(detected == FERM_OK || detected == FERM_UNSUPPORTED, "a detection");
}

/* What a sound model's sessions refuse. */
static void use(const ferm_model *model) {
  ferm_session *session;
  size_t labels = ferm_model_label_count(model);
  refuse(ferm_session_create(model, 1, 5000, &session) == FERM_ARGUMENT && !session, "a batch of 5000");
  for (threads_left = 0; threads_left < 3;) {
    int before = threads_left;
    refuse(ferm_session_create(model, 4, 2, &session) == FERM_MEMORY && !session, "too many threads");
    threads_left = before + 1;
  }
  threads_left = 1 << 20;
  if (ferm_session_create(model, 2, 2, &session) != FERM_OK) return; /* more memory than there is */
  if (labels) predict(session, labels);
  ask(model, session, labels);
  ferm_session_free(session);
}

int main(int count, char **words) {
  static uint8_t bytes[64 << 20];
  ferm_model *model;
  for (int i = 1; i < count; i++) {
    ferm_status opened = ferm_model_open(words[i], &model);
    if (opened == FERM_OK) use(model);
    ferm_model_free(model);
    FILE *file = fopen(words[i], "rb");
    if (!file) continue; /* missing */
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (size == 0) continue; /* a folder */
    refuse(ferm_model_read(bytes, size, &model) == opened, words[i]);
    ferm_model_free(model);
    refuse(ferm_model_read(bytes, size / 2, &model) != FERM_OK && !model, "half a file");
  }
  return 0;
}
