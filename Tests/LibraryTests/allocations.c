/* Counts what a run takes from the heap, by standing in for the C library's allocator. argv[1]: a model */
#include <errno.h>
#include <ferm.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static atomic_long taken;

void *malloc(size_t bytes) {
  taken++;
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  taken++;
  return __libc_calloc(count, bytes);
}
void *realloc(void *memory, size_t bytes) {
  taken++;
  return __libc_realloc(memory, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  taken++;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  taken++;
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}

/* Predictions, of which the first of each size may take memory: 0 when no other does. */
static int predict(ferm_session *session, const ferm_picture *pictures, size_t count, float *probabilities) {
  size_t room = count * FERM_MAX_LABELS;
  if (ferm_session_predict_into(session, &pictures->image, sizeof *pictures, count, probabilities, room) != FERM_OK) return 2;
  long before = taken;
  if (ferm_session_predict_into(session, &pictures->image, sizeof *pictures, count, probabilities, room) != FERM_OK) return 2;
  if (taken == before) return 0;
  printf("%zu images: %ld times\n", count, taken - before);
  return 1;
}

int main(int count, char **words) {
  ferm_model *model;
  size_t shape[3];
  if (count != 2 || ferm_model_open(words[1], &model) != FERM_OK) return 2;
  if (taken == 0) return 3; /* the counter does not count */
  ferm_model_input_shape(model, shape);
  size_t size = shape[0] * shape[1] * shape[2], images = 50, labels = ferm_model_label_count(model);
  float *input = malloc(images * size * sizeof *input), *logits = malloc(images * labels * sizeof *logits);
  for (size_t i = 0; i < images * size; i++) input[i] = (float)(i % 97) / 97;
  ferm_rows rows[16];
  size_t outputs = ferm_model_output_count(model);
  for (size_t i = 0; i < outputs; i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    if (ferm_model_output(model, i, &output) != FERM_OK) return 2;
    rows[i] = (ferm_rows){i, malloc(images * output.numbers * sizeof(float)), images * output.numbers};
  }
  static uint8_t pixels[300 * 200 * 3];
  ferm_picture faces[3] = {{.image = {pixels, 300, 200, 3, 0}}, {.image = {pixels, 48, 48, 1, 0}, .x = -9, .width = 30, .height = 30},
                           {.image = {pixels, 20, 90, 3, 100}, .order = FERM_BGR}};
  for (int threads = 1; threads <= 2; threads++)
    for (size_t largest = 1; largest <= 16; largest *= 4) {
      ferm_session *session;
      if (ferm_session_create(model, threads, largest, &session) != FERM_OK) return 2;
      for (size_t n = 1; n <= images; n += 7) {
        long before = taken;
        if (ferm_session_logits(session, input, n, logits) != FERM_OK) return 2;
        if (taken != before) {
          printf("%d threads, largest batch %zu, %zu images: %ld times\n", threads, largest, n, taken - before);
          return 1;
        }
      }
      for (size_t n = 1; n <= images; n += 7) {
        long before = taken;
        if (ferm_session_outputs(session, input, n, rows, sizeof *rows, outputs) != FERM_OK) return 2;
        if (taken != before) {
          printf("outputs of %zu images: %ld times\n", n, taken - before);
          return 1;
        }
      }
      for (size_t n = 1; n <= 3; n++) {
        int failed = predict(session, faces, n, logits);
        if (failed) return failed;
      }
      ferm_session_free(session);
    }
  return 0;
}
