/* Uses the functions of ferm.h rightly and wrongly, but for those that take sizes (growth.c); prints what does not hold.
   argv[1]: models/default.ferm */
#include "expect.h"
#include <math.h>
#include <pthread.h>
#include <string.h>

static void *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(2);
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(*count);
  if (fread(bytes, 1, *count, file) != *count) exit(2);
  fclose(file);
  return bytes;
}

/* Many calls on one session from two threads: each is either right or refused. */
struct shared { ferm_session *session; const float *input; const float *expected; size_t labels; int wrong, busy; };

static void *use_shared(void *argument) {
  struct shared *shared = argument;
  float logits[FERM_MAX_LABELS];
  for (int i = 0; i < 200; i++) {
    ferm_status status = ferm_session_logits(shared->session, shared->input, 1, logits);
    if (status == FERM_BUSY) __atomic_fetch_add(&shared->busy, 1, __ATOMIC_RELAXED);
    else if (status != FERM_OK || memcmp(logits, shared->expected, 4 * shared->labels) != 0)
      __atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static void *errors_are_per_thread(void *argument) {
  (void)argument;
  EXPECT(strcmp(ferm_last_error(), "") == 0);
  EXPECT(ferm_model_open("/no/such.ferm", &(ferm_model *){NULL}) == FERM_IO);
  EXPECT(strstr(ferm_last_error(), "/no/such.ferm"));
  return NULL;
}

int main(int count, char **words) {
  if (count != 2) return 2;
  EXPECT(strcmp(ferm_version(), FERM_VERSION) == 0);
  EXPECT(strcmp(ferm_last_error(), "") == 0);

  /* models */
  size_t size;
  char *bytes = read_file(words[1], &size);
  ferm_model *model = NULL, *copy = NULL, *none = (ferm_model *)words;
  EXPECT(ferm_model_open(words[1], &model) == FERM_OK && model);
  char *lent = malloc(size);
  memcpy(lent, bytes, size);
  ferm_model_options two_threads = FERM_MODEL_OPTIONS_INIT;
  two_threads.threads = 2;
  EXPECT(ferm_model_read_with(lent, size, &two_threads, &copy) == FERM_OK && copy);
  memset(lent, 0xFF, size);
  free(lent); /* the model keeps nothing of it */
  EXPECT(ferm_model_open(NULL, &none) == FERM_ARGUMENT && !none && strstr(ferm_last_error(), "path"));
  EXPECT(ferm_model_open(words[1], NULL) == FERM_ARGUMENT);
  EXPECT(ferm_model_read(NULL, 3, &none) == FERM_ARGUMENT);
  EXPECT(ferm_model_read(bytes, (size_t)-1, &none) == FERM_ARGUMENT);
  EXPECT(ferm_model_read(bytes, 0, &none) == FERM_TRUNCATED || ferm_model_read(bytes, 0, &none) == FERM_SIGNATURE);
  EXPECT(ferm_model_read("GIF89a, which is no model", 25, &none) == FERM_SIGNATURE && !none);
  EXPECT(ferm_model_open("/", &none) == FERM_IO);
  for (size_t cut = 0; cut < size; cut += cut < 2000 ? 1 : 4999)
    if (ferm_model_read(bytes, cut, &none) == FERM_OK) EXPECT(!"a truncated file was read");
  for (size_t i = 0; i < 2000; i++) {
    bytes[i] ^= 0x41;
    if (ferm_model_read(bytes, size, &none) == FERM_OK) ferm_model_free(none);
    bytes[i] ^= 0x41;
  }
  ferm_model_options many = FERM_MODEL_OPTIONS_INIT;
  many.threads = FERM_PROCESSORS;
  EXPECT(ferm_model_open_with(NULL, &many, &none) == FERM_ARGUMENT && ferm_model_open_with(words[1], &many, NULL) == FERM_ARGUMENT);
  EXPECT(ferm_model_read_with(bytes, size / 2, &many, &none) == FERM_TRUNCATED && !none);
  for (many.threads = 1; many.threads < 5; many.threads++) {
    bytes[size / 2] ^= 0x41; /* within the weights */
    ferm_status damaged = ferm_model_read(bytes, size, &none);
    EXPECT((damaged == FERM_CHECKSUM || damaged == FERM_WEIGHTS) && !none);
    char *fault = strdup(ferm_last_error());
    EXPECT(ferm_model_read_with(bytes, size, &many, &none) == damaged && !none && strcmp(ferm_last_error(), fault) == 0);
    free(fault);
    bytes[size / 2] ^= 0x41;
    EXPECT(ferm_model_read_with(bytes, size, &many, &none) == FERM_OK);
    ferm_model_free(none);
  }
  size_t labels = ferm_model_label_count(model), shape[3];
  EXPECT(labels == 7 && strcmp(ferm_model_label(model, 3), "happy") == 0 && !ferm_model_label(model, labels));
  EXPECT(strlen(ferm_model_name(model)) > 0);
  EXPECT(ferm_model_input_shape(model, shape) == FERM_OK && shape[0] == 1);
  EXPECT(!ferm_model_name(NULL) && ferm_model_label_count(NULL) == 0 && !ferm_model_label(NULL, 0));
  EXPECT(ferm_model_input_shape(NULL, shape) == FERM_ARGUMENT && ferm_model_input_shape(model, NULL) == FERM_ARGUMENT);

  /* sessions */
  ferm_session *one, *two, *nothing = (ferm_session *)words;
  EXPECT(ferm_session_create(model, 1, 4, &one) == FERM_OK);
  EXPECT(ferm_session_create(copy, 2, 4, &two) == FERM_OK);
  EXPECT(ferm_session_create(NULL, 1, 4, &nothing) == FERM_ARGUMENT && !nothing);
  EXPECT(ferm_session_create(model, -1, 4, &nothing) == FERM_ARGUMENT);
  EXPECT(ferm_session_create(model, 1, 0, &nothing) == FERM_ARGUMENT);
  EXPECT(ferm_session_create(model, 1, 5000, &nothing) == FERM_ARGUMENT);
  EXPECT(ferm_session_create(model, 1, 1, NULL) == FERM_ARGUMENT);
  ferm_model_free(model); /* sessions keep what they need */
  ferm_model_free(copy);

  /* logits: one and two threads, whole and in pieces, agree in every bit */
  size_t pixels = shape[0] * shape[1] * shape[2], images = 11;
  float *input = malloc(4 * images * pixels);
  for (size_t i = 0; i < images * pixels; i++) input[i] = (float)((i * 2654435761u >> 8) & 0xFFFF) / 65536;
  float *a = malloc(4 * images * labels), *b = malloc(4 * images * labels);
  EXPECT(ferm_session_logits(one, input, images, a) == FERM_OK);
  EXPECT(ferm_session_logits(two, input, images, b) == FERM_OK && memcmp(a, b, 4 * images * labels) == 0);
  for (size_t i = 0; i < images; i++) EXPECT(ferm_session_logits(one, input + i * pixels, 1, b + i * labels) == FERM_OK);
  EXPECT(memcmp(a, b, 4 * images * labels) == 0);
  input[0] = 0.0f / 0.0f;
  EXPECT(ferm_session_logits(one, input, images, b) == FERM_NOT_FINITE && strstr(ferm_last_error(), "image 0"));
  EXPECT(memcmp(a + labels, b + labels, 4 * (images - 1) * labels) == 0);
  input[0] = 0;
  EXPECT(ferm_session_logits(one, NULL, 0, NULL) == FERM_OK);
  EXPECT(ferm_session_logits(NULL, input, 1, a) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits(one, NULL, 1, a) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits(one, input, 1, NULL) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits(one, input, (size_t)-1, b) == FERM_ARGUMENT);

  /* images: stride, grey and RGB */
  uint8_t grey[60 * 64], rgb[60 * 50 * 3];
  for (int y = 0; y < 60; y++)
    for (int x = 0; x < 50; x++)
      for (int c = 0; c < 3; c++) grey[y * 64 + x] = rgb[(y * 50 + x) * 3 + c] = (uint8_t)(3 * x + y);
  ferm_image faces[2] = {{grey, 50, 60, 1, 64}, {rgb, 50, 60, 3, 0}};
  EXPECT(ferm_session_predict(one, faces, 2, a) == FERM_OK);
  float sum = 0;
  for (size_t i = 0; i < labels; i++) sum += a[i];
  EXPECT(fabsf(sum - 1) < 1e-5f && memcmp(a, a + labels, 4 * labels) == 0);
  ferm_image odd[] = {{NULL, 50, 60, 1, 0}, {grey, 0, 60, 1, 0},     {grey, 50, 70000, 1, 0},
                      {grey, 50, 60, 2, 0}, {grey, 50, 60, 1, 49}, {grey, (size_t)-1, 60, 3, 0}};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    EXPECT(ferm_session_predict(one, &odd[i], 1, a) == FERM_VALUE && strstr(ferm_last_error(), "Image 0"));
  EXPECT(ferm_session_predict(one, NULL, 1, a) == FERM_ARGUMENT && ferm_session_predict(NULL, faces, 1, a) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict(one, faces, 1, NULL) == FERM_ARGUMENT && ferm_session_predict(one, NULL, 0, NULL) == FERM_OK);

  /* threads */
  EXPECT(ferm_session_logits(two, input, 1, a) == FERM_OK);
  struct shared shared = {two, input, a, labels, 0, 0};
  pthread_t threads[2], other;
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, use_shared, &shared);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  EXPECT(shared.wrong == 0);
  pthread_create(&other, NULL, errors_are_per_thread, NULL);
  pthread_join(other, NULL);

  ferm_session_free(one);
  ferm_session_free(two);
  ferm_session_free(NULL);
  ferm_model_free(NULL);
  free(bytes), free(input), free(a), free(b);
  printf("%d failures\n", failures);
  return failures > 0;
}
