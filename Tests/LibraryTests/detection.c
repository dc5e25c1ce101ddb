/* Faces in photos, through structs of programs older and newer than the library, with memory that ends where the program's does.
   argv: a detector of red squares (32 x 32 pixels, faces of 8 of them), and a model with labels, with a crop rule for it */
#include "expect.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 600, HEIGHT = 400, SIDE = 40, SQUARES = 3, FACE = sizeof(ferm_face), WORD = sizeof(size_t) };
static const int corners[SQUARES][2] = {{30, 50}, {300, 101}, {557, 358}};
static uint8_t pixels[WIDTH * HEIGHT * 3];
static const ferm_image photo = {pixels, WIDTH, HEIGHT, 3, 0};

static void draw(void) {
  memset(pixels, 90, sizeof pixels);
  for (int i = 0; i < SQUARES; i++)
    for (int y = corners[i][1]; y < corners[i][1] + SIDE; y++)
      for (int x = corners[i][0]; x < corners[i][0] + SIDE; x++) memcpy(pixels + 3 * (y * WIDTH + x), "\xFF\0\0", 3);
}

/* Which square a face is; -1 if none. */
static int square(const ferm_face *face) {
  for (int i = 0; i < SQUARES; i++)
    if (fabs(face->x - corners[i][0]) < 12 && fabs(face->y - corners[i][1]) < 12) return i;
  return -1;
}

static void faces_are_found(ferm_session *finder) {
  ferm_face faces[8];
  size_t count = 99;
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, FACE, 8, &count) == FERM_OK && count == SQUARES);
  int seen = 0;
  for (size_t i = 0; i < count; i++) {
    EXPECT(square(&faces[i]) >= 0);
    seen |= 1 << square(&faces[i]);
    EXPECT(fabs(faces[i].width - SIDE) < 2 && fabs(faces[i].height - SIDE) < 2 && faces[i].score > 0.5 && faces[i].score <= 1);
    EXPECT(faces[i].point_count == 2 && faces[i].points[0][0] < faces[i].points[1][0] && faces[i].points[2][0] == 0);
    EXPECT(i == 0 || faces[i].score <= faces[i - 1].score);
  }
  EXPECT(seen == (1 << SQUARES) - 1);

  /* as many as there is room for, and none beyond it */
  for (size_t room = 1; room <= 4; room++) {
    ferm_face *few = at_the_edge(room * FACE);
    EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, few, FACE, room, &count) == FERM_OK);
    EXPECT(count == (room < SQUARES ? room : SQUARES) && memcmp(few, faces, count * FACE) == 0);
  }
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, FACE, (size_t)-1, &count) == FERM_OK && count == SQUARES);
  /* a newer program's struct */
  char *wide = at_the_edge(4 * (FACE + WORD));
  memset(wide, 0xAB, 4 * (FACE + WORD));
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, (ferm_face *)wide, FACE + WORD, 4, &count) == FERM_OK);
  for (size_t i = 0; i < count; i++) {
    size_t more = 1;
    memcpy(&more, wide + i * (FACE + WORD) + FACE, WORD);
    EXPECT(more == 0 && memcmp(wide + i * (FACE + WORD), &faces[i], FACE) == 0);
  }

  /* options of older and newer programs */
  ferm_detection_options options = FERM_DETECTION_OPTIONS_INIT;
  EXPECT(options.size == 4 * WORD);
  options.smallest_face = 1e9; /* one look, in which the squares are too small */
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, &options, faces, FACE, 8, &count) == FERM_OK && count == 0);
  options.size = 3 * WORD;
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, &options, faces, FACE, 8, &count) == FERM_OK && count == SQUARES);
  size_t newer[5] = {sizeof newer, 0, 0, 0, 1};
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, (void *)newer, faces, FACE, 8, &count) == FERM_UNSUPPORTED && count == 0);
  newer[0] = 3;
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, (void *)newer, faces, FACE, 8, &count) == FERM_ARGUMENT);
  static const double wrong[][3] = {{1.5, 0, 0}, {-1, 0, 0}, {NAN, 0, 0}, {0, 2, 0}, {0, NAN, 0}, {0, 0, -4}, {0, 0, 0.5}, {0, 0, NAN}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    ferm_detection_options bad = {sizeof bad, wrong[i][0], wrong[i][1], wrong[i][2]};
    EXPECT(ferm_session_detect(finder, &photo, sizeof photo, &bad, faces, FACE, 8, &count) == FERM_VALUE && count == 0);
  }
}

static void misuse_is_refused(ferm_session *finder, ferm_session *session, const ferm_model *model) {
  ferm_face faces[2] = {{0}};
  size_t count;
  float numbers[64];
  ferm_crop_rule rule = FERM_CROP_RULE_INIT;
  ferm_image empty = {pixels, 0, 5, 3, 0};
  EXPECT(ferm_session_detect(NULL, &photo, sizeof photo, NULL, faces, FACE, 2, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, NULL, sizeof photo, NULL, faces, FACE, 2, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &photo, 3, NULL, faces, FACE, 2, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, NULL, FACE, 2, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, FACE - WORD, 2, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, FACE, 0, &count) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, FACE, 2, NULL) == FERM_ARGUMENT);
  EXPECT(ferm_session_detect(finder, &empty, sizeof empty, NULL, faces, FACE, 2, &count) == FERM_VALUE);
  EXPECT(ferm_session_detect(session, &photo, sizeof photo, NULL, faces, FACE, 2, &count) == FERM_UNSUPPORTED);
  EXPECT(strstr(ferm_last_error(), "detection"));
  EXPECT(ferm_session_face_scores(session, &photo, sizeof photo, 1, numbers) == FERM_UNSUPPORTED);
  EXPECT(ferm_session_face_scores(finder, &photo, sizeof photo, 1, NULL) == FERM_ARGUMENT);
  EXPECT(ferm_session_face_scores(finder, NULL, sizeof photo, 0, NULL) == FERM_OK);
  EXPECT(ferm_model_crop_rule(NULL, "d", &rule) == FERM_ARGUMENT && ferm_model_crop_rule(model, NULL, &rule) == FERM_ARGUMENT);
  EXPECT(ferm_model_crop_rule(model, "d", NULL) == FERM_ARGUMENT);
  rule.side = 1;
  EXPECT(ferm_session_predict_faces(finder, &photo, sizeof photo, &rule, faces, FACE, 1, numbers, 64) == FERM_UNSUPPORTED);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, NULL, faces, FACE, 1, numbers, 64) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, NULL, FACE, 1, numbers, 64) == FERM_ARGUMENT);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, FACE, 0, numbers, 64) == FERM_OK);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, FACE, 2, numbers, 3) == FERM_ARGUMENT);
  static const double odd[] = {0, -3, NAN, INFINITY, 1e300};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    memset(numbers, 0xFF, sizeof numbers);
    faces[0] = faces[1] = (ferm_face){.x = 5, .y = 5, .width = 20, .height = 20};
    faces[1].width = faces[1].height = odd[i];
    faces[1].point_count = (size_t)-1;
    EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, FACE, 2, numbers, 64) == FERM_VALUE);
    EXPECT(strstr(ferm_last_error(), "Face 1") && isnan(numbers[0]));
  }
}

/* The same numbers as for the crop by itself, cut by hand. */
static void faces_are_labelled(ferm_session *session, const ferm_model *model) {
  ferm_crop_rule rule = FERM_CROP_RULE_INIT, usual = FERM_CROP_RULE_INIT;
  EXPECT(ferm_model_crop_rule(model, "squares", &rule) == FERM_OK && rule.is_stated == 1);
  EXPECT(rule.side == 2 && rule.right == 0 && rule.down == 0.25 && rule.level == 0);
  EXPECT(ferm_model_crop_rule(model, "square", &usual) == FERM_OK && usual.is_stated == 0 && usual.side > 0.5 && usual.side < 2);
  EXPECT(ferm_model_crop_rule(model, "squares2", &usual) == FERM_OK && usual.is_stated == 0);
  size_t labels = ferm_model_label_count(model);
  for (int i = 0; i < WIDTH * HEIGHT * 3; i++) pixels[i] = (uint8_t)(i * 2654435761u >> 13);
  ferm_face faces[2] = {{.x = 100, .y = 80, .width = 40, .height = 60}, {.x = 300, .y = 200, .width = 20, .height = 20}};
  /* side 2 x 50 around (120, 110 + 25), and 2 x 20 around (310, 210 + 10) */
  ferm_image crops[2] = {{pixels + 3 * (85 * WIDTH + 70), 100, 100, 3, 3 * WIDTH}, {pixels + 3 * (200 * WIDTH + 290), 40, 40, 3, 3 * WIDTH}};
  float *wanted = malloc(8 * labels), *got = malloc(8 * labels);
  EXPECT(ferm_session_predict_into(session, crops, sizeof *crops, 2, wanted, 2 * labels) == FERM_OK);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, FACE, 2, got, 2 * labels) == FERM_OK);
  EXPECT(memcmp(wanted, got, 8 * labels) == 0);
  rule.margin = 1.5; /* 60 pixels about the same middle */
  ferm_image wider = {pixels + 3 * (190 * WIDTH + 280), 60, 60, 3, 3 * WIDTH};
  EXPECT(ferm_session_predict_into(session, &wider, sizeof wider, 1, wanted, labels) == FERM_OK);
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces + 1, FACE, 1, got, labels) == FERM_OK);
  EXPECT(memcmp(wanted, got, 4 * labels) == 0);
  /* a frame at the photo's corner, and one that is turned, are faces too */
  faces[0] = (ferm_face){.x = -10, .y = -10, .width = 30, .height = 30};
  faces[1].points[0][0] = 305, faces[1].points[0][1] = 205, faces[1].points[1][0] = 315, faces[1].points[1][1] = 210;
  faces[1].point_count = 2;
  rule.level = 1;
  EXPECT(ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, FACE, 2, got, 2 * labels) == FERM_OK);
  float sum = 0;
  for (size_t i = 0; i < 2 * labels; i++) sum += got[i];
  EXPECT(fabsf(sum - 2) < 1e-3f);
  free(wanted);
  free(got);
}

static void crops_are_scored(ferm_session *finder) {
  static uint8_t crop[2][48 * 48 * 3];
  for (int i = 0; i < 48 * 48 * 3; i++) crop[0][i] = i % 3 == 0 ? 255 : 0, crop[1][i] = 90;
  ferm_image crops[2] = {{crop[0], 48, 48, 3, 0}, {crop[1], 48, 48, 3, 0}};
  float *scores = at_the_edge(2 * sizeof *scores);
  EXPECT(ferm_session_face_scores(finder, crops, sizeof *crops, 2, scores) == FERM_OK && scores[0] > 0.9f && scores[1] < 0.01f);
}

int main(int count, char **words) {
  ferm_model *detector, *model;
  ferm_session *finder, *session;
  if (count != 3 || ferm_model_open(words[1], &detector) || ferm_model_open(words[2], &model)) return 2;
  if (ferm_session_create(detector, 2, 4, &finder) || ferm_session_create(model, 1, 4, &session)) return 2;
  draw();
  faces_are_found(finder);
  faces_are_found(finder);
  misuse_is_refused(finder, session, model);
  crops_are_scored(finder);
  faces_are_labelled(session, model);
  ferm_session_free(finder);
  ferm_session_free(session);
  ferm_model_free(detector);
  ferm_model_free(model);
  return failures ? 1 : 0;
}
