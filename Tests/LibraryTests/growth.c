/* Structs and arrays of programs older and newer than the library, at the edge of memory: a byte read or written beyond what
   the program has ends this one. argv[1]: models/default.ferm */
#include "expect.h"
#include <string.h>

/* A copy of so many bytes that ends where memory ends. */
static void *copy_at_the_edge(const void *bytes, size_t count) {
  void *copy = at_the_edge(count);
  return count ? memcpy(copy, bytes, count) : copy;
}

/* ferm_session_open with options of so many bytes, of which `bytes` lie there. */
static ferm_status open_with(const ferm_model *model, size_t size, size_t threads, size_t max_batch, size_t newer, size_t bytes) {
  size_t words[600] = {size, threads, max_batch};
  ferm_session *session = (ferm_session *)words;
  if (bytes > sizeof(ferm_session_options)) words[bytes / sizeof(size_t) - 1] = newer;
  ferm_status status = ferm_session_open(model, copy_at_the_edge(words, bytes), &session);
  EXPECT((status == FERM_OK) == (session != NULL));
  EXPECT(ferm_session_precision(session) == FERM_EXACT);
  ferm_session_free(session);
  return status;
}

static void options_grow(const ferm_model *model) {
  enum { KNOWN = sizeof(ferm_session_options), WORD = sizeof(size_t) };
  ferm_session_options usual = FERM_SESSION_OPTIONS_INIT;
  ferm_session *session = NULL;
  EXPECT(usual.size == 4 * WORD && KNOWN == 4 * WORD);
  EXPECT(ferm_session_open(model, NULL, &session) == FERM_OK && session);
  ferm_session_free(session);
  EXPECT(ferm_session_open(model, &usual, &session) == FERM_OK && session);
  ferm_session_free(session);

  /* older: fields are missing */
  EXPECT(open_with(model, WORD, 0, 0, 0, WORD) == FERM_OK);
  EXPECT(open_with(model, 2 * WORD, 2, 0, 0, 2 * WORD) == FERM_OK);
  EXPECT(open_with(model, 3 * WORD, 1, 4, 0, 3 * WORD) == FERM_OK);
  EXPECT(open_with(model, 2 * WORD, 257, 0, 0, 2 * WORD) == FERM_ARGUMENT && strstr(ferm_last_error(), "threads"));
  /* today's */
  EXPECT(open_with(model, KNOWN, 1, 4, 0, KNOWN) == FERM_OK);
  EXPECT(open_with(model, KNOWN, 1, 4097, 0, KNOWN) == FERM_ARGUMENT && strstr(ferm_last_error(), "max_batch"));
  EXPECT(open_with(model, KNOWN, (size_t)-1, 1, 0, KNOWN) == FERM_ARGUMENT && strstr(ferm_last_error(), "threads"));
  EXPECT(open_with(model, KNOWN, ((size_t)1 << 32) + 1, 1, 0, KNOWN) == FERM_ARGUMENT);
  /* newer: fields that are not 0 are more than this library can do */
  EXPECT(open_with(model, KNOWN + WORD, 1, 4, 0, KNOWN + WORD) == FERM_OK);
  EXPECT(open_with(model, 4096, 1, 4, 0, 4096) == FERM_OK);
  EXPECT(open_with(model, KNOWN + WORD, 1, 4, 1, KNOWN + WORD) == FERM_UNSUPPORTED && strstr(ferm_last_error(), "newer library"));
  EXPECT(open_with(model, 4096, 1, 4, (size_t)1 << 63, 4096) == FERM_UNSUPPORTED);
  /* sizes that no struct has; of the last ones no byte beyond the size is there to be read */
  size_t odd[] = {0, 1, 7, WORD + 4, KNOWN - 1, KNOWN + 1, 4096 + WORD, 1 << 20, (size_t)1 << 63, (size_t)-1, (size_t)-8};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    EXPECT(open_with(model, odd[i], 1, 1, 0, WORD) == FERM_ARGUMENT && strstr(ferm_last_error(), "sizeof(ferm_session_options)"));
  EXPECT(ferm_session_open(NULL, &usual, &session) == FERM_ARGUMENT && !session);
  EXPECT(ferm_session_open(model, &usual, NULL) == FERM_ARGUMENT);

  /* at an odd address */
  char unaligned[KNOWN + 1];
  memcpy(unaligned + 1, &usual, KNOWN);
  EXPECT(ferm_session_open(model, (const void *)(unaligned + 1), &session) == FERM_OK && session);
  ferm_session_free(session);
}

static void precision_is_a_choice(const ferm_model *model, size_t labels, size_t pixels) {
  enum { WORD = sizeof(size_t) };
  ferm_session *exact, *session = NULL;
  float *input = malloc(4 * pixels), wanted[FERM_MAX_LABELS], got[FERM_MAX_LABELS];
  for (size_t i = 0; i < pixels; i++) input[i] = (float)((i * 2654435761u >> 8) & 0xFFFF) / 65536;
  EXPECT(ferm_session_create(model, 1, 1, &exact) == FERM_OK && ferm_session_precision(exact) == FERM_EXACT);
  EXPECT(ferm_session_logits(exact, input, 1, wanted) == FERM_OK);

  ferm_session_options options = FERM_SESSION_OPTIONS_INIT;
  options.threads = 1;
  options.precision = FERM_FAST;
  EXPECT(ferm_session_open(model, &options, &session) == FERM_OK);
  size_t precision = ferm_session_precision(session);
  printf("%s\n", precision == FERM_FAST ? "fast" : "exact");
  EXPECT(precision == FERM_FAST || precision == FERM_EXACT);
  EXPECT(ferm_session_logits(session, input, 1, got) == FERM_OK);
  EXPECT((memcmp(wanted, got, 4 * labels) == 0) == (precision == FERM_EXACT));
  ferm_session_free(session);

  /* a program whose struct ends before the field: what lies behind it is none of the library's */
  size_t words[4] = {3 * WORD, 1, 1, FERM_FAST};
  EXPECT(ferm_session_open(model, (const void *)words, &session) == FERM_OK && ferm_session_precision(session) == FERM_EXACT);
  EXPECT(ferm_session_logits(session, input, 1, got) == FERM_OK && memcmp(wanted, got, 4 * labels) == 0);
  ferm_session_free(session);

  size_t others[] = {2, 3, (size_t)1 << 32, ((size_t)1 << 32) + 1, (size_t)1 << 63, (size_t)-1};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    options.precision = others[i];
    EXPECT(ferm_session_open(model, &options, &session) == FERM_ARGUMENT && !session);
    EXPECT(strstr(ferm_last_error(), "FERM_EXACT or FERM_FAST"));
  }
  EXPECT(ferm_session_precision(NULL) == FERM_EXACT);
  ferm_session_free(exact);
  free(input);
}

/* The same for ferm_model_open_with. */
static ferm_status open_model_with(const char *path, size_t size, size_t threads, size_t newer, size_t bytes) {
  size_t words[600] = {size, threads};
  ferm_model *model = (ferm_model *)words;
  if (bytes > 2 * sizeof(size_t)) words[bytes / sizeof(size_t) - 1] = newer;
  ferm_status status = ferm_model_open_with(path, copy_at_the_edge(words, bytes), &model);
  EXPECT((status == FERM_OK) == (model != NULL));
  ferm_model_free(model);
  return status;
}

static void model_options_grow(const char *path) {
  enum { KNOWN = sizeof(ferm_model_options), WORD = sizeof(size_t) };
  ferm_model_options usual = FERM_MODEL_OPTIONS_INIT;
  ferm_model *model = NULL;
  EXPECT(usual.size == 2 * WORD && KNOWN == 2 * WORD);
  EXPECT(ferm_model_open_with(path, NULL, &model) == FERM_OK && model);
  ferm_model_free(model);
  EXPECT(ferm_model_open_with(path, &usual, &model) == FERM_OK && model);
  ferm_model_free(model);
  EXPECT(open_model_with(path, WORD, 0, 0, WORD) == FERM_OK);
  EXPECT(open_model_with(path, KNOWN, 2, 0, KNOWN) == FERM_OK);
  EXPECT(open_model_with(path, KNOWN, 256, 0, KNOWN) == FERM_OK);
  EXPECT(open_model_with(path, KNOWN, FERM_PROCESSORS, 0, KNOWN) == FERM_OK);
  EXPECT(open_model_with(path, KNOWN, 257, 0, KNOWN) == FERM_ARGUMENT && strstr(ferm_last_error(), "threads"));
  EXPECT(open_model_with(path, KNOWN, (size_t)-2, 0, KNOWN) == FERM_ARGUMENT && strstr(ferm_last_error(), "threads"));
  EXPECT(open_model_with(path, 4096, 1, 0, 4096) == FERM_OK);
  EXPECT(open_model_with(path, 4096, 1, 1, 4096) == FERM_UNSUPPORTED && strstr(ferm_last_error(), "newer library"));
  size_t odd[] = {0, WORD - 1, WORD + 1, 4096 + WORD, (size_t)-WORD};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    EXPECT(open_model_with(path, odd[i], 1, 0, WORD) == FERM_ARGUMENT && strstr(ferm_last_error(), "sizeof(ferm_model_options)"));
}

static void images_grow(ferm_session *session, size_t labels) {
  enum { KNOWN = sizeof(ferm_image), WORD = sizeof(size_t), IMAGES = 6 };
  static uint8_t pixels[8 * 6 * 3];
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37);
  ferm_image images[IMAGES];
  for (int i = 0; i < IMAGES; i++) images[i] = (ferm_image){pixels + i, 8, 5, i % 2 ? 3 : 1, i % 3 ? 24 : 0};
  float wanted[IMAGES * FERM_MAX_LABELS], got[IMAGES * FERM_MAX_LABELS];
  EXPECT(ferm_session_predict(session, images, IMAGES, wanted) == FERM_OK);

  size_t newest = sizeof(ferm_picture), sizes[] = {KNOWN, newest + WORD, newest + 3 * WORD, 4096};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    size_t size = sizes[s];
    static char newer[1 + IMAGES * 4096];
    for (int offset = 0; offset < 2; offset++) { /* aligned and not */
      memset(newer, 0, sizeof newer);
      for (int i = 0; i < IMAGES; i++) memcpy(newer + offset + i * size, &images[i], KNOWN);
      const ferm_image *first = (const void *)(newer + offset);
      if (!offset) first = copy_at_the_edge(newer, IMAGES * size);
      memset(got, 0, sizeof got);
      EXPECT(ferm_session_predict_into(session, first, size, IMAGES, got, IMAGES * labels) == FERM_OK);
      EXPECT(memcmp(wanted, got, 4 * IMAGES * labels) == 0);
    }
    if (size == KNOWN) continue;
    newer[1 + 5 * size - 1] = 1; /* the last byte of image 4 */
    got[0] = 2;
    EXPECT(ferm_session_predict_into(session, (const void *)(newer + 1), size, IMAGES, got, IMAGES * labels) == FERM_UNSUPPORTED);
    EXPECT(strstr(ferm_last_error(), "Image 4") && strstr(ferm_last_error(), "newer library") && got[0] == 2);
  }
  size_t odd[] = {0, 1, KNOWN - WORD, KNOWN - 1, KNOWN + 1, 4096 + WORD, (size_t)1 << 63, (size_t)-8, (size_t)-1};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    EXPECT(ferm_session_predict_into(session, images, odd[i], 1, got, labels) == FERM_ARGUMENT &&
           strstr(ferm_last_error(), "sizeof(ferm_image)"));
  EXPECT(ferm_session_predict_into(NULL, images, KNOWN, 1, got, labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict_into(session, NULL, KNOWN, 1, got, labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict_into(session, images, KNOWN, 1, NULL, labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict_into(session, NULL, KNOWN, 0, NULL, 0) == FERM_OK);
}

static void results_have_a_size(ferm_session *session, size_t labels, size_t pixels) {
  static uint8_t grey[48 * 48];
  ferm_image images[2] = {{grey, 48, 48, 1, 0}, {grey, 48, 48, 1, 0}};
  float *input = calloc(2 * pixels, 4), exact[2 * FERM_MAX_LABELS] = {0}, *room = copy_at_the_edge(exact, 4 * 2 * labels);
  EXPECT(ferm_session_predict(session, images, 2, exact) == FERM_OK);
  EXPECT(ferm_session_predict_into(session, images, sizeof *images, 2, room, 2 * labels) == FERM_OK);
  EXPECT(memcmp(room, exact, 4 * 2 * labels) == 0);
  EXPECT(ferm_session_logits(session, input, 2, exact) == FERM_OK);
  EXPECT(ferm_session_logits_into(session, input, 2, room, 2 * labels) == FERM_OK && memcmp(room, exact, 4 * 2 * labels) == 0);
  EXPECT(ferm_session_logits_into(session, input, 2, exact, (size_t)-1) == FERM_OK);
  for (size_t capacity = 0; capacity < 2 * labels; capacity++) {
    float *short_room = copy_at_the_edge(exact, 4 * capacity);
    EXPECT(ferm_session_predict_into(session, images, sizeof *images, 2, short_room, capacity) == FERM_ARGUMENT);
    EXPECT(strstr(ferm_last_error(), "room for fewer floats") && memcmp(short_room, exact, 4 * capacity) == 0);
    EXPECT(ferm_session_logits_into(session, input, 2, short_room, capacity) == FERM_ARGUMENT);
    EXPECT(memcmp(short_room, exact, 4 * capacity) == 0);
  }
  size_t many[] = {(size_t)1 << 40, ((size_t)1 << 40) + 1, (size_t)1 << 62, (size_t)1 << 63, (size_t)-1};
  for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
    EXPECT(ferm_session_logits_into(session, input, many[i], room, 2 * labels) == FERM_ARGUMENT);
    EXPECT(ferm_session_predict_into(session, images, sizeof *images, many[i], room, 2 * labels) == FERM_ARGUMENT);
  }
  EXPECT(ferm_session_logits_into(session, input, 2, NULL, 2 * labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits_into(session, NULL, 2, room, 2 * labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits_into(NULL, input, 2, room, 2 * labels) == FERM_ARGUMENT);
  EXPECT(ferm_session_logits_into(session, NULL, 0, NULL, 0) == FERM_OK);
  free(input);
}

int main(int count, char **words) {
  ferm_model *model;
  ferm_session *session;
  size_t shape[3];
  if (count != 2 || ferm_model_open(words[1], &model) || ferm_session_open(model, NULL, &session) ||
      ferm_model_input_shape(model, shape))
    return 2;
  options_grow(model);
  precision_is_a_choice(model, ferm_model_label_count(model), shape[0] * shape[1] * shape[2]);
  model_options_grow(words[1]);
  images_grow(session, ferm_model_label_count(model));
  results_have_a_size(session, ferm_model_label_count(model), shape[0] * shape[1] * shape[2]);
  ferm_session_free(session);
  ferm_model_free(model);
  printf("%d failures\n", failures);
  return failures > 0;
}
