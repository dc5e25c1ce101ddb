/* Pixels in any order, boxes, and structs of newer programs: each picture gives the very numbers of its pixels as R, G, B.
   argv[1]: models/default.ferm; argv[2]: a detector of red squares (32 x 32 pixels, faces of 8 of them) */
#include "expect.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 60, HEIGHT = 50, WORD = sizeof(size_t), IMAGE = sizeof(ferm_image), PICTURE = sizeof(ferm_picture) };
static ferm_session *session;
static size_t labels;
static uint8_t rgb[WIDTH * HEIGHT * 3], grey[WIDTH * HEIGHT];

static ferm_status predict(const ferm_picture *picture, float *numbers) {
  return ferm_session_predict_into(session, &picture->image, sizeof *picture, 1, numbers, labels);
}

/* Whether a picture gives what this plain image gives. */
static int is_like(ferm_picture picture, ferm_image plain) {
  float wanted[FERM_MAX_LABELS], got[FERM_MAX_LABELS];
  return ferm_session_predict(session, &plain, 1, wanted) == FERM_OK && predict(&picture, got) == FERM_OK &&
         memcmp(wanted, got, 4 * labels) == 0;
}

static int is_refused(ferm_picture picture, ferm_status status, const char *words) {
  float numbers[FERM_MAX_LABELS] = {2};
  if (predict(&picture, numbers) == status && strstr(ferm_last_error(), words) && numbers[0] == 2) return 1;
  printf("not \"%s\" but ", words);
  return 0;
}

/* Rows with a gap, in which nothing of the picture is. */
static uint8_t *samples(int order, int alpha, size_t *stride) {
  int channels = order <= FERM_BGR ? 3 : 4, blue_first = order == FERM_BGR || order == FERM_BGRA || order == FERM_BGRX;
  *stride = (size_t)(WIDTH * channels + 7);
  uint8_t *pixels = malloc(*stride * HEIGHT);
  memset(pixels, 0xAA, *stride * HEIGHT);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      uint8_t *to = pixels + (size_t)y * *stride + channels * x, *from = rgb + 3 * (y * WIDTH + x);
      for (int c = 0; c < 3; c++) to[c] = from[blue_first ? 2 - c : c];
      if (channels == 4) to[3] = (uint8_t)alpha;
    }
  return pixels;
}

static void orders_are_the_same_picture(void) {
  ferm_image plain = {rgb, WIDTH, HEIGHT, 3, 0};
  for (int order = FERM_RGB; order <= FERM_BGRX; order++) {
    size_t stride, channels = order <= FERM_BGR ? 3 : 4;
    uint8_t *pixels = samples(order, order >= FERM_RGBX ? 0 : 255, &stride);
    ferm_picture picture = {.image = {pixels, WIDTH, HEIGHT, channels, stride}, .order = (size_t)order};
    EXPECT(is_like(picture, plain));
    /* a face in a frame: all of it, a part, and the same part by its first pixel */
    picture.x = 11, picture.y = 7, picture.width = 30, picture.height = 40;
    EXPECT(is_like(picture, (ferm_image){rgb + 3 * (7 * WIDTH + 11), 30, 40, 3, 3 * WIDTH}));
    ferm_picture part = {.image = {pixels + 7 * stride + 11 * channels, 30, 40, channels, stride}, .order = (size_t)order};
    EXPECT(is_like(part, (ferm_image){rgb + 3 * (7 * WIDTH + 11), 30, 40, 3, 3 * WIDTH}));
    /* grey has no order */
    EXPECT(is_like((ferm_picture){.image = {grey, WIDTH, HEIGHT, 1, 0}, .order = (size_t)order}, (ferm_image){grey, WIDTH, HEIGHT, 1, 0}));
    /* the wrong number of channels */
    picture.image.channels = 7 - channels;
    EXPECT(is_refused(picture, FERM_VALUE, channels == 4 ? "has 3 channels; 1 is grey and 4 are" : "has 4 channels; 1 is grey and 3 are"));
    free(pixels);
  }
  size_t unknown[] = {6, 100, (size_t)1 << 32, (size_t)-1};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
    EXPECT(is_refused((ferm_picture){.image = plain, .order = unknown[i]}, FERM_UNSUPPORTED, "a newer library"));
}

/* 255 less the rounded (255 - value) alpha / 255, as pictures are laid over white elsewhere. */
static void alpha_is_laid_over_white(void) {
  static uint8_t laid[WIDTH * HEIGHT * 3], pixels[WIDTH * HEIGHT * 4];
  for (int i = 0; i < WIDTH * HEIGHT; i++) {
    unsigned alpha = (unsigned)(i * 37 % 256);
    for (int c = 0; c < 3; c++) {
      laid[3 * i + c] = (uint8_t)(255 - ((255u - rgb[3 * i + c]) * alpha + 127) / 255);
      pixels[4 * i + c] = rgb[3 * i + c];
    }
    pixels[4 * i + 3] = (uint8_t)alpha;
  }
  EXPECT(is_like((ferm_picture){.image = {pixels, WIDTH, HEIGHT, 4, 0}, .order = FERM_RGBA}, (ferm_image){laid, WIDTH, HEIGHT, 3, 0}));
  EXPECT(is_like((ferm_picture){.image = {pixels, WIDTH, HEIGHT, 4, 0}, .order = FERM_RGBX}, (ferm_image){rgb, WIDTH, HEIGHT, 3, 0}));
}

static int within(int place, int count) { return place < 0 ? 0 : place < count ? place : count - 1; }

/* Boxes across each edge and corner, larger than the image too: as a copy that repeats the border. */
static void beyond_the_edge_is_the_border(void) {
  static const int boxes[][4] = {{-10, 5, 30, 30}, {45, 5, 30, 30}, {5, -20, 30, 40}, {5, 40, 30, 40}, {-7, -9, 20, 20},
                                 {55, 45, 20, 20}, {-30, -20, 120, 90}, {-40, 10, 41, 5}, {59, 49, 300, 200}, {0, 0, WIDTH, HEIGHT}};
  static uint8_t copy[300 * 200 * 3];
  for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
    for (int channels = 1; channels <= 3; channels += 2) {
      const uint8_t *pixels = channels == 1 ? grey : rgb;
      int left = boxes[i][0], top = boxes[i][1], width = boxes[i][2], height = boxes[i][3];
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          memcpy(copy + channels * (y * width + x),
                 pixels + channels * (within(top + y, HEIGHT) * WIDTH + within(left + x, WIDTH)), (size_t)channels);
      ferm_picture picture = {.image = {pixels, WIDTH, HEIGHT, (size_t)channels, 0}, .x = left, .y = top, .width = width, .height = height};
      ferm_image plain = {copy, (size_t)width, (size_t)height, (size_t)channels, 0};
      EXPECT(is_like(picture, plain));
      /* what is no whole number is the nearest one */
      picture.x += 0.4, picture.y -= 0.4, picture.width += 0.4, picture.height -= height > 1 ? 0.4 : 0;
      EXPECT(is_like(picture, plain));
      size_t stride;
      uint8_t *bgr = samples(FERM_BGR, 255, &stride);
      picture.image = (ferm_image){bgr, WIDTH, HEIGHT, 3, stride}, picture.order = FERM_BGR;
      if (channels == 3) EXPECT(is_like(picture, plain));
      free(bgr);
    }
}

static void odd_boxes_are_refused(void) {
  static const double sides[] = {0, 0.9, -1, 65536, 1e300, NAN, INFINITY}, places[] = {WIDTH, -20, 1e9, -1e300, NAN, -INFINITY};
  ferm_image image = {rgb, WIDTH, HEIGHT, 3, 0};
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
    EXPECT(is_refused((ferm_picture){.image = image, .x = 1, .width = sides[i], .height = 20}, FERM_VALUE, "a box whose sides are not 1 to 65535"));
    EXPECT(is_refused((ferm_picture){.image = image, .x = 1, .width = 20, .height = sides[i]}, FERM_VALUE, "a box whose sides are not 1 to 65535"));
  }
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    EXPECT(is_refused((ferm_picture){.image = image, .x = places[i], .width = 20, .height = 20}, FERM_VALUE, "a box that lies outside of it"));
    EXPECT(is_refused((ferm_picture){.image = image, .y = places[i], .width = 20, .height = 20}, FERM_VALUE, "a box that lies outside of it"));
  }
  EXPECT(is_refused((ferm_picture){.image = image, .x = -1, .width = 65535, .height = 65535}, FERM_LIMIT, "more than 2^28 pixels"));
  EXPECT(is_refused((ferm_picture){.image = {rgb, WIDTH, 0, 3, 0}, .width = 2, .height = 2}, FERM_VALUE, "60 x 0 pixels"));
}

/* A library of later fields reads no more than the program has; this one refuses those that it does not know. */
static void pictures_grow(void) {
  ferm_picture pictures[3] = {{.image = {rgb, WIDTH, HEIGHT, 3, 0}, .order = FERM_BGR},
                              {.image = {grey, WIDTH, HEIGHT, 1, 0}, .x = 5, .y = -5, .width = 40, .height = 44},
                              {.image = {rgb, WIDTH, HEIGHT, 3, 0}}};
  float wanted[3 * FERM_MAX_LABELS], got[3 * FERM_MAX_LABELS];
  EXPECT(ferm_session_predict_into(session, &pictures->image, PICTURE, 3, wanted, 3 * labels) == FERM_OK);
  size_t sizes[] = {PICTURE, PICTURE + WORD, 4096};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    char *newer = at_the_edge(3 * sizes[s]);
    memset(newer, 0, 3 * sizes[s]);
    for (int i = 0; i < 3; i++) memcpy(newer + i * sizes[s], &pictures[i], PICTURE);
    EXPECT(ferm_session_predict_into(session, (void *)newer, sizes[s], 3, got, 3 * labels) == FERM_OK);
    EXPECT(memcmp(wanted, got, 12 * labels) == 0);
    if (sizes[s] == PICTURE) continue;
    newer[2 * sizes[s] - 1] = 1;
    EXPECT(ferm_session_predict_into(session, (void *)newer, sizes[s], 3, got, 3 * labels) == FERM_UNSUPPORTED);
    EXPECT(strstr(ferm_last_error(), "Image 1 has a field"));
  }
  /* an older program, whose struct ends before the box */
  char *older = at_the_edge(IMAGE + WORD);
  memcpy(older, &pictures[0], IMAGE + WORD);
  EXPECT(ferm_session_predict_into(session, (void *)older, IMAGE + WORD, 1, got, labels) == FERM_OK && memcmp(wanted, got, 4 * labels) == 0);
}

/* The other calls take the same pictures. */
static void every_call_takes_pictures(const ferm_model *model, const char *detector) {
  size_t stride;
  uint8_t *bgr = samples(FERM_BGR, 255, &stride);
  ferm_picture frame = {.image = {bgr, WIDTH, HEIGHT, 3, stride}, .order = FERM_BGR};
  ferm_image plain = {rgb, WIDTH, HEIGHT, 3, 0};
  float wanted[FERM_MAX_LABELS], got[FERM_MAX_LABELS];
  ferm_rows rows[2] = {{0, wanted, labels}, {0, got, labels}};
  EXPECT(ferm_session_image_outputs(session, &plain, sizeof plain, 1, &rows[0], sizeof *rows, 1) == FERM_OK);
  EXPECT(ferm_session_image_outputs(session, &frame.image, sizeof frame, 1, &rows[1], sizeof *rows, 1) == FERM_OK);
  EXPECT(memcmp(wanted, got, 4 * labels) == 0);

  ferm_crop_rule rule = FERM_CROP_RULE_INIT;
  ferm_face faces[2] = {{.x = 10, .y = 10, .width = 20, .height = 20}, {.x = 40, .y = 30, .width = 30, .height = 30}};
  EXPECT(ferm_model_crop_rule(model, "any", &rule) == FERM_OK);
  EXPECT(ferm_session_predict_faces(session, &plain, sizeof plain, &rule, faces, sizeof *faces, 2, wanted, 2 * labels) == FERM_OK);
  EXPECT(ferm_session_predict_faces(session, &frame.image, sizeof frame, &rule, faces, sizeof *faces, 2, got, 2 * labels) == FERM_OK);
  EXPECT(memcmp(wanted, got, 8 * labels) == 0);
  free(bgr);

  /* a red square on grey, which is a blue one for who takes B for R */
  ferm_model *finder_model;
  ferm_session *finder;
  if (ferm_model_open(detector, &finder_model) || ferm_session_create(finder_model, 1, 1, &finder)) exit(2);
  static uint8_t photo[300 * 200 * 4];
  memset(photo, 90, sizeof photo);
  for (int y = 80; y < 120; y++)
    for (int x = 200; x < 240; x++) memcpy(photo + 4 * (y * 300 + x), "\0\0\xFF\xFF", 4);
  ferm_picture picture = {.image = {photo, 300, 200, 4, 0}, .order = FERM_BGRX};
  size_t count;
  EXPECT(ferm_session_detect(finder, &picture.image, sizeof picture, NULL, faces, sizeof *faces, 2, &count) == FERM_OK && count == 1);
  EXPECT(fabs(faces[0].x - 200) < 12 && fabs(faces[0].y - 80) < 12);
  picture.x = 150, picture.y = 50, picture.width = 150, picture.height = 150; /* of which faces are then told */
  EXPECT(ferm_session_detect(finder, &picture.image, sizeof picture, NULL, faces, sizeof *faces, 2, &count) == FERM_OK && count == 1);
  EXPECT(fabs(faces[0].x - 50) < 12 && fabs(faces[0].y - 30) < 12);
  picture.order = FERM_RGBX;
  EXPECT(ferm_session_detect(finder, &picture.image, sizeof picture, NULL, faces, sizeof *faces, 2, &count) == FERM_OK && count == 0);
  ferm_picture crops[2] = {{.image = {photo, 300, 200, 4, 0}, .order = FERM_BGRX, .x = 200, .y = 80, .width = 40, .height = 40}};
  crops[1] = crops[0], crops[1].order = FERM_RGBX;
  float scores[2];
  EXPECT(ferm_session_face_scores(finder, &crops->image, sizeof *crops, 2, scores) == FERM_OK && scores[0] > 0.9f && scores[1] < 0.1f);
  ferm_session_free(finder);
  ferm_model_free(finder_model);
}

int main(int count, char **words) {
  ferm_model *model;
  if (count != 3 || ferm_model_open(words[1], &model) || ferm_session_create(model, 1, 4, &session)) return 2;
  labels = ferm_model_label_count(model);
  for (size_t i = 0; i < sizeof rgb; i++) rgb[i] = (uint8_t)(i * 2654435761u >> 11);
  for (size_t i = 0; i < sizeof grey; i++) grey[i] = (uint8_t)(i * 2654435761u >> 14);
  orders_are_the_same_picture();
  alpha_is_laid_over_white();
  beyond_the_edge_is_the_border();
  odd_boxes_are_refused();
  pictures_grow();
  every_call_takes_pictures(model, words[2]);
  ferm_session_free(session);
  ferm_model_free(model);
  return failures ? 1 : 0;
}
