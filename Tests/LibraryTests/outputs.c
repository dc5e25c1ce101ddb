/* Every output of models, by name, through structs of programs older and newer than the library, with memory that ends where the
   program's does. argv: models */
#include <ferm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int failures;
static const char *path;
#define EXPECT(condition)                                                                          \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("%s, line %d: %s does not hold: %s\n", path, __LINE__, #condition, ferm_last_error()); \
      failures++;                                                                                  \
    }                                                                                              \
  } while (0)

enum { IMAGES = 3, WORD = sizeof(size_t), PAGE = 1 << 20 };

/* So many bytes that end where memory ends. */
static void *at_the_edge(size_t count) {
  char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + PAGE, PAGE, PROT_NONE) || count > PAGE) exit(2);
  return memory + PAGE - count;
}

static void descriptions_grow(const ferm_model *model, size_t index) {
  ferm_output known = FERM_OUTPUT_INIT;
  EXPECT(ferm_model_output(model, index, &known) == FERM_OK && known.size == sizeof known);
  EXPECT(known.name && known.name[0] && known.numbers > 0 && known.kind >= FERM_SCORES && known.kind <= FERM_DETECTION);
  /* older programs get what they know, newer ones zeros for what the library does not know */
  for (size_t words = 1; words <= 10; words++) {
    size_t *given = at_the_edge(words * WORD), wanted[10] = {0};
    memset(given, 0xAB, words * WORD);
    given[0] = words * WORD;
    memcpy(wanted, &known, words * WORD < sizeof known ? words * WORD : sizeof known);
    wanted[0] = words * WORD;
    EXPECT(ferm_model_output(model, index, (ferm_output *)given) == FERM_OK && memcmp(given, wanted, words * WORD) == 0);
  }
  size_t odd[] = {0, 1, WORD - 1, WORD + 1, 4096 + WORD, (size_t)-1};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    size_t *given = at_the_edge(WORD);
    given[0] = odd[i];
    EXPECT(ferm_model_output(model, index, (ferm_output *)given) == FERM_ARGUMENT && given[0] == odd[i]);
  }
  EXPECT(ferm_model_output(model, index, NULL) == FERM_ARGUMENT);
  EXPECT((known.kind == FERM_DETECTION) == (known.levels > 0));
  ferm_output_level level = FERM_OUTPUT_LEVEL_INIT;
  size_t end = 0;
  for (size_t i = 0; i < known.levels; i++) {
    EXPECT(ferm_model_output_level(model, index, i, &level) == FERM_OK);
    size_t places = level.height * level.width;
    EXPECT(level.anchors && places && level.scores == end && level.boxes == end + level.anchors * places);
    end = level.boxes + level.anchors * (4 + 2 * known.key_points) * places;
    for (size_t a = 0; a < 2 * level.anchors; a++) EXPECT(level.anchor_sizes[a] > 0);
  }
  EXPECT(known.levels == 0 || end == known.numbers);
  EXPECT(ferm_model_output_level(model, index, known.levels, &level) == FERM_ARGUMENT);
  EXPECT(ferm_model_output_level(model, index, 0, NULL) == FERM_ARGUMENT);
}

static void outputs_are_right(const ferm_model *model, ferm_session *session, const float *input, size_t pixels) {
  size_t outputs = ferm_model_output_count(model), labels = ferm_model_label_count(model);
  float *logits = calloc(IMAGES * 65535, sizeof *logits), *one = calloc(1 << 20, sizeof *one);
  ferm_rows rows[16];
  int is_scored = 0;
  for (size_t i = 0; i < outputs; i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    EXPECT(ferm_model_output(model, i, &output) == FERM_OK);
    rows[i] = (ferm_rows){i, at_the_edge(IMAGES * output.numbers * sizeof(float)), IMAGES * output.numbers};
    is_scored += output.kind == FERM_SCORES;
  }
  EXPECT(ferm_session_outputs(session, input, IMAGES, rows, sizeof *rows, outputs) == FERM_OK);
  EXPECT(is_scored == (labels > 0));
  ferm_status status = ferm_session_logits_into(session, input, IMAGES, logits, IMAGES * labels);
  EXPECT(status == (labels ? FERM_OK : FERM_UNSUPPORTED));
  if (!labels) {
    ferm_image image = {(const uint8_t *)input, 1, 1, 1, 0};
    EXPECT(strstr(ferm_last_error(), "has no class scores; its output"));
    EXPECT(ferm_session_logits(session, input, 1, logits) == FERM_UNSUPPORTED);
    EXPECT(ferm_session_logits(session, NULL, 0, NULL) == FERM_UNSUPPORTED);
    EXPECT(ferm_session_predict(session, &image, 1, logits) == FERM_UNSUPPORTED);
    EXPECT(ferm_session_predict_into(session, &image, sizeof image, 1, logits, 1000) == FERM_UNSUPPORTED);
  }
  for (size_t i = 0; i < outputs; i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    ferm_model_output(model, i, &output);
    for (size_t k = 0; k < IMAGES * output.numbers; k++) EXPECT(isfinite(rows[i].numbers[k]));
    if (output.kind == FERM_SCORES) EXPECT(memcmp(logits, rows[i].numbers, IMAGES * labels * sizeof *logits) == 0);
    /* alone, and image by image, it is the same */
    for (size_t n = 0; n < IMAGES; n++) {
      ferm_rows alone = {i, one, output.numbers};
      EXPECT(ferm_session_outputs(session, input + n * pixels, 1, &alone, sizeof alone, 1) == FERM_OK);
      EXPECT(memcmp(one, rows[i].numbers + n * output.numbers, output.numbers * sizeof *one) == 0);
    }
    /* the rows of a newer program */
    size_t newer[8] = {i, (size_t)one, IMAGES * output.numbers};
    EXPECT(ferm_session_outputs(session, input, IMAGES, (const ferm_rows *)newer, sizeof newer, 1) == FERM_OK);
    EXPECT(memcmp(one, rows[i].numbers, IMAGES * output.numbers * sizeof *one) == 0);
    newer[7] = 1;
    EXPECT(ferm_session_outputs(session, input, IMAGES, (const ferm_rows *)newer, sizeof newer, 1) == FERM_UNSUPPORTED);
    /* too little room: nothing of any output is written */
    ferm_rows narrow[2] = {{i, at_the_edge(0), 0}, {0, NULL, 0}};
    for (size_t capacity = 0; capacity < IMAGES * output.numbers; capacity += 1 + capacity / 2) {
      narrow[0].capacity = capacity;
      EXPECT(ferm_session_outputs(session, input, IMAGES, narrow, sizeof *narrow, 1) == FERM_ARGUMENT);
      EXPECT(strstr(ferm_last_error(), "room for fewer floats"));
    }
    ferm_rows twice[2] = {{i, one, output.numbers}, {i, one, output.numbers}};
    EXPECT(ferm_session_outputs(session, input, 1, twice, sizeof *twice, 2) == FERM_ARGUMENT);
    /* an image whose input is not finite has no finite row, and the others have theirs */
    float *broken = malloc(IMAGES * pixels * sizeof *broken);
    memcpy(broken, input, IMAGES * pixels * sizeof *broken);
    broken[pixels] = NAN;
    ferm_rows all = {i, one, IMAGES * output.numbers};
    EXPECT(ferm_session_outputs(session, broken, IMAGES, &all, sizeof all, 1) == FERM_NOT_FINITE);
    EXPECT(strstr(ferm_last_error(), "image 1") && isnan(one[output.numbers]) && isnan(one[2 * output.numbers - 1]));
    EXPECT(memcmp(one, rows[i].numbers, output.numbers * sizeof *one) == 0);
    EXPECT(memcmp(one + 2 * output.numbers, rows[i].numbers + 2 * output.numbers, output.numbers * sizeof *one) == 0);
    free(broken);
  }
  free(logits);
  free(one);
}

static void images_are_inputs(const ferm_model *model, ferm_session *session) {
  static uint8_t pixels[40 * 30 * 3];
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37 >> 2);
  ferm_image images[IMAGES] = {{pixels, 40, 30, 3, 0}, {pixels, 20, 20, 1, 0}, {pixels + 5, 31, 17, 3, 120}};
  size_t labels = ferm_model_label_count(model);
  float *rows_of[2], *scores = calloc(IMAGES * 65535, sizeof *scores);
  for (size_t i = 0; i < ferm_model_output_count(model); i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    ferm_model_output(model, i, &output);
    for (int k = 0; k < 2; k++) rows_of[k] = calloc(IMAGES * output.numbers, sizeof(float));
    ferm_rows rows = {i, rows_of[0], IMAGES * output.numbers};
    EXPECT(ferm_session_image_outputs(session, images, sizeof *images, IMAGES, &rows, sizeof rows, 1) == FERM_OK);
    for (size_t n = 0; n < IMAGES; n++) {
      ferm_rows alone = {i, rows_of[1] + n * output.numbers, output.numbers};
      EXPECT(ferm_session_image_outputs(session, images + n, sizeof *images, 1, &alone, sizeof alone, 1) == FERM_OK);
    }
    EXPECT(memcmp(rows_of[0], rows_of[1], IMAGES * output.numbers * sizeof(float)) == 0);
    if (output.kind == FERM_SCORES) {
      EXPECT(ferm_session_predict_into(session, images, sizeof *images, IMAGES, scores, IMAGES * labels) == FERM_OK);
      for (size_t n = 0; n < IMAGES; n++)
        for (size_t a = 0; a < labels; a++)
          for (size_t b = 0; b < labels; b++)
            if (rows_of[0][n * labels + a] < rows_of[0][n * labels + b]) EXPECT(scores[n * labels + a] <= scores[n * labels + b]);
    }
    /* an image that cannot be taken leaves all rows as they were */
    images[2].channels = 4;
    memset(rows_of[0], 0, IMAGES * output.numbers * sizeof(float));
    memset(rows_of[1], 0, IMAGES * output.numbers * sizeof(float));
    EXPECT(ferm_session_image_outputs(session, images, sizeof *images, IMAGES, &rows, sizeof rows, 1) == FERM_VALUE);
    EXPECT(memcmp(rows_of[0], rows_of[1], IMAGES * output.numbers * sizeof(float)) == 0);
    images[2].channels = 3;
    for (int k = 0; k < 2; k++) free(rows_of[k]);
  }
  free(scores);
}

static void misuse_is_refused(const ferm_model *model, ferm_session *session, const float *input) {
  float room[4];
  ferm_rows rows = {ferm_model_output_count(model), room, 4}, none = {0, NULL, (size_t)-1};
  ferm_image image = {(const uint8_t *)input, 1, 1, 1, 0};
  EXPECT(ferm_session_outputs(session, input, 1, &rows, sizeof rows, 1) == FERM_ARGUMENT && strstr(ferm_last_error(), "no output"));
  rows.output = (size_t)-1;
  EXPECT(ferm_session_outputs(session, input, 1, &rows, sizeof rows, 1) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, &none, sizeof none, 1) == FERM_ARGUMENT && strstr(ferm_last_error(), "NULL"));
  EXPECT(ferm_session_outputs(session, input, 1, NULL, sizeof rows, 1) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, &rows, sizeof rows, 17) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, &rows, sizeof rows, (size_t)-1) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, &rows, sizeof rows - 1, 1) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, &rows, WORD, 1) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, NULL, 1, NULL, sizeof rows, 0) == FERM_ARGUMENT);
  EXPECT(ferm_session_outputs(session, input, 1, NULL, sizeof rows, 0) == FERM_OK);
  EXPECT(ferm_session_outputs(session, NULL, 0, NULL, sizeof rows, 0) == FERM_OK);
  none.numbers = NULL;
  EXPECT(ferm_session_outputs(session, NULL, 0, &none, sizeof none, 1) == FERM_OK);
  EXPECT(ferm_session_outputs(NULL, input, 1, NULL, sizeof rows, 0) == FERM_ARGUMENT);
  size_t many[] = {((size_t)1 << 40) + 1, (size_t)1 << 62, (size_t)1 << 63, (size_t)-1};
  for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
    none.numbers = room;
    EXPECT(ferm_session_outputs(session, input, many[i], &none, sizeof none, 1) == FERM_ARGUMENT);
    EXPECT(ferm_session_image_outputs(session, &image, sizeof image, many[i], &none, sizeof none, 1) == FERM_ARGUMENT);
  }
  EXPECT(ferm_session_image_outputs(session, &image, 1, 1, NULL, sizeof rows, 0) == FERM_ARGUMENT);
  EXPECT(ferm_session_image_outputs(session, NULL, sizeof image, 1, NULL, sizeof rows, 0) == FERM_ARGUMENT);
  EXPECT(ferm_session_image_outputs(session, NULL, sizeof image, 0, NULL, sizeof rows, 0) == FERM_OK);
  EXPECT(ferm_session_image_outputs(NULL, &image, sizeof image, 1, NULL, sizeof rows, 0) == FERM_ARGUMENT);
  ferm_output output = FERM_OUTPUT_INIT;
  ferm_output_level level = FERM_OUTPUT_LEVEL_INIT;
  EXPECT(ferm_model_output_count(NULL) == 0 && ferm_model_output(NULL, 0, &output) == FERM_ARGUMENT);
  EXPECT(ferm_model_output(model, ferm_model_output_count(model), &output) == FERM_ARGUMENT);
  EXPECT(ferm_model_output(model, (size_t)-1, &output) == FERM_ARGUMENT);
  EXPECT(ferm_model_output_level(NULL, 0, 0, &level) == FERM_ARGUMENT);
  EXPECT(ferm_model_output_level(model, (size_t)-1, 0, &level) == FERM_ARGUMENT);
}

int main(int count, char **words) {
  for (int i = 1; i < count; i++) {
    path = words[i];
    ferm_model *model;
    size_t shape[3], tests;
    if (ferm_model_open(path, &model) || ferm_model_input_shape(model, shape)) return printf("%s: %s\n", path, ferm_last_error()), 2;
    EXPECT(ferm_model_self_test(model, &tests) == FERM_OK);
    size_t pixels = shape[0] * shape[1] * shape[2], outputs = ferm_model_output_count(model);
    EXPECT(outputs >= 1 && outputs <= 16);
    float *input = malloc(IMAGES * pixels * sizeof *input);
    for (size_t k = 0; k < IMAGES * pixels; k++) input[k] = (float)((k * 2654435761u >> 8) & 0xFFFF) / 65536;
    for (size_t k = 0; k < outputs; k++) descriptions_grow(model, k);
    for (size_t largest = 1; largest <= 4; largest *= 4)
      for (int threads = 1; threads <= 2; threads++) {
        ferm_session *session;
        if (ferm_session_create(model, threads, largest, &session)) return 2;
        outputs_are_right(model, session, input, pixels);
        images_are_inputs(model, session);
        misuse_is_refused(model, session, input);
        ferm_session_free(session);
      }
    free(input);
    ferm_model_free(model);
  }
  printf("%d failures\n", failures);
  return failures > 0;
}
