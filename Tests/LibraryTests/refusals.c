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

/* What a sound model's sessions refuse. */
static void use(const ferm_model *model) {
  ferm_session *session;
  refuse(ferm_session_create(model, 1, 5000, &session) == FERM_ARGUMENT && !session, "a batch of 5000");
  for (threads_left = 0; threads_left < 3;) {
    int before = threads_left;
    refuse(ferm_session_create(model, 4, 2, &session) == FERM_MEMORY && !session, "too many threads");
    threads_left = before + 1;
  }
  threads_left = 1 << 20;
  if (ferm_session_create(model, 2, 2, &session) != FERM_OK) return; /* more memory than there is */
  uint8_t pixels[3 * 8 * 6] = {0};
  ferm_image images[3] = {{pixels, 8, 6, 3, 0}, {pixels, 8, 6, 1, 0}, {pixels, 8, 6, 2, 0}};
  float probabilities[3 * FERM_MAX_LABELS];
  refuse(ferm_session_predict(session, images, 2, probabilities) == FERM_OK, "sound images");
  for (int i = 0; i < 3 * FERM_MAX_LABELS; i++) probabilities[i] = 2;
  refuse(ferm_session_predict(session, images, 3, probabilities) == FERM_VALUE, "two channels");
  for (int i = 0; i < 3 * FERM_MAX_LABELS; i++) refuse(probabilities[i] == 2, "a part of a failed call's results");
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
