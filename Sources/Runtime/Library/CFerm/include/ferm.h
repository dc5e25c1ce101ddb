/* libferm: loads a .ferm model and predicts. The whole library; it needs libc, libm and libz.

     const uint8_t *pixels = ...;         rows of R G B R G B ...
     size_t width = ..., height = ...;
     ferm_model *model = NULL;
     ferm_session *session = NULL;
     if (ferm_model_open("faces.ferm", &model) || ferm_session_create(model, 0, 1, &session))
       fprintf(stderr, "%s\n", ferm_last_error());
     ferm_image face = {pixels, width, height, 3, 3 * width};
     float probabilities[FERM_MAX_LABELS];
     ferm_session_predict(session, &face, 1, probabilities);

   Status, models, sessions and images come first, and are all that most programs need; docs/embed.md says more. Rules:
   - Bad input of any kind, and a shortage of memory or threads, gives a status and a sentence (ferm_last_error); neither ends the
     program. A call that fails writes no result, unless it says so here, and may be made again.
   - A model never changes: threads may share it. A session belongs to one thread at a time; others get FERM_BUSY.
   - After fork() a child may use and free what its parent had. Inherited sessions then run on the calling thread alone.
   - Nothing is printed, no signal is touched, no thread outlives its session. The library stays loaded, also after dlclose.
   - FERM_INSTRUCTIONS=portable, avx2, avx512 or neon in the environment replaces the processor's best kernels.
   - The version behind a function is that with which it came. It never changes, so that programs run with newer libraries; the
     loader refuses an older one.
   - A struct that grows comes with its size. What a program lacks counts as 0, the usual; a field that only a newer library knows
     must be 0, or the call gives FERM_UNSUPPORTED. */
#ifndef FERM_H
#define FERM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header; ferm_version() is that of the library. */
#define FERM_VERSION "0.2.0"

/* The most labels for which ferm_session_logits and ferm_session_predict write results; the calls with `_into` have no such
   limit. It never changes, for it is the size of programs' arrays. */
#define FERM_MAX_LABELS 256

/* ---- status ---- */

/* What a function returns. The numbers never change; versions add some, and a program takes what it does not know for a failure. */
typedef int ferm_status;
enum {
  FERM_OK = 0,
  FERM_IO = 1,          /* the operating system could not read the file */
  FERM_SIGNATURE = 2,   /* this is no .ferm file */
  FERM_UNSUPPORTED = 3, /* the file or the call needs a newer library, or the call what the model does not have */
  FERM_TRUNCATED = 4,   /* the file ends too early, or goes on after its end */
  FERM_CHECKSUM = 5,    /* the file is damaged */
  FERM_STRUCTURE = 6,   /* the file's parts are missing, repeated or out of order */
  FERM_VALUE = 7,       /* a value is outside its range */
  FERM_LIMIT = 8,       /* a stated limit is exceeded */
  FERM_GRAPH = 9,       /* the network does not fit together */
  FERM_WEIGHTS = 10,    /* the weights do not decode */
  FERM_MEMORY = 11,     /* there is not enough memory, or the model wants more than the library gives it */
  FERM_SELF_TEST = 12,  /* the model does not give the logits that it says it must */
  FERM_WORK = 13,       /* an image, or all self-tests, would take longer than the library works */
  FERM_ARGUMENT = 100,  /* a pointer is NULL or a number makes no sense */
  FERM_BUSY = 101,      /* another thread is using this session */
  FERM_NOT_FINITE = 102 /* the network gives NaN or infinity for an image; the rows of the other images are right */
};

/* Why the last call that failed on this thread failed: a sentence in UTF-8, valid until the next such call. */
const char *ferm_last_error(void); /* 0.1 */

/* The library's version, for example "0.2.0". */
const char *ferm_version(void); /* 0.1 */

/* ---- models ---- */

typedef struct ferm_model ferm_model;

/* Loads the regular file at `path`, which may change or go once this returns. On failure *model becomes NULL. */
ferm_status ferm_model_open(const char *path, ferm_model **model); /* 0.1 */
/* The same for a file in memory. */
ferm_status ferm_model_read(const void *bytes, size_t count, ferm_model **model); /* 0.1 */
/* How a model shall be opened; grows. */
typedef struct {
  size_t size;    /* sizeof(ferm_model_options) */
  size_t threads; /* that decode weights meanwhile: 0 or 1 for the calling one alone, to 256, or FERM_PROCESSORS */
} ferm_model_options;
#define FERM_MODEL_OPTIONS_INIT {sizeof(ferm_model_options), 0}
/* As many threads as this process may use processors. */
#define FERM_PROCESSORS ((size_t)-1)

/* The same two with options; NULL for the usual ones. */
ferm_status ferm_model_open_with(const char *path, const ferm_model_options *options, ferm_model **model); /* 0.2 */
ferm_status ferm_model_read_with(const void *bytes, size_t count, const ferm_model_options *options,
                                 ferm_model **model); /* 0.2 */

/* Frees a model; sessions made from it go on working. NULL is fine. */
void ferm_model_free(ferm_model *model); /* 0.1 */

/* The model's name. Like every text of a model: UTF-8, valid as long as the model; NULL for a NULL model. */
const char *ferm_model_name(const ferm_model *model); /* 0.1 */
/* How many classes it tells apart, at most 65,535; 0 for a model without class scores. */
size_t ferm_model_label_count(const ferm_model *model); /* 0.1 */
/* The name of class `index`, or NULL if there is none. */
const char *ferm_model_label(const ferm_model *model, size_t index); /* 0.1 */

/* The shape of one network input: channels, height, width. */
ferm_status ferm_model_input_shape(const ferm_model *model, size_t shape[3]); /* 0.1 */

/* Runs the model's self-tests, in a session of its own: FERM_SELF_TEST if a file was changed or this computer computes wrongly.
   *count becomes their number, unless `count` is NULL. */
ferm_status ferm_model_self_test(const ferm_model *model, size_t *count); /* 0.2 */

/* ---- sessions ---- */

typedef struct ferm_session ferm_session;

/* Takes the memory and threads that runs need, so that they take no more, or little: make one session and keep it.
   threads    1: the calling thread alone. 0: as many as this process may use processors. At most 256.
   max_batch  the most images that one pass takes, 1 to 4096; more images run in several passes. Within a session an image's
              result does not depend on what runs beside it. Where so many images need more than 256 MiB, a pass takes fewer;
              FERM_MEMORY where one image needs more than 1 GiB.
   On failure *session becomes NULL. */
ferm_status ferm_session_create(const ferm_model *model, int threads, size_t max_batch, ferm_session **session); /* 0.1 */

/* With what a session multiplies. */
enum {
  FERM_EXACT = 0, /* fp32 */
  FERM_FAST = 1   /* bf16, and 8-bit integers where weights are int8: about twice as fast, and a label in some hundreds is another.
                     Processors without AVX512_BF16 and AVX512_VNNI run it as FERM_EXACT. */
};

/* How a session shall be; grows. */
typedef struct {
  size_t size;      /* sizeof(ferm_session_options) */
  size_t threads;   /* as above */
  size_t max_batch; /* as above; 0: 1 */
  size_t precision; /* FERM_EXACT or FERM_FAST */
} ferm_session_options;
#define FERM_SESSION_OPTIONS_INIT {sizeof(ferm_session_options), 0, 0, FERM_EXACT}

/* The same with options; NULL for the usual ones. */
ferm_status ferm_session_open(const ferm_model *model, const ferm_session_options *options,
                              ferm_session **session); /* 0.2 */

/* With what a session multiplies here; FERM_EXACT for NULL. */
size_t ferm_session_precision(const ferm_session *session); /* 0.2 */

/* Frees a session with its memory, and ends its threads. NULL is fine. */
void ferm_session_free(ferm_session *session); /* 0.1 */

/* ---- images ---- */

/* An 8-bit image of any size, in memory that stays the caller's. Its layout never changes. */
typedef struct {
  const uint8_t *pixels; /* rows from the top; grey, or R G B R G B ... */
  size_t width, height;  /* 1 to 65535 */
  size_t channels;       /* 1: grey, 3: RGB */
  size_t stride;         /* bytes from one row to the next; 0 for rows without a gap */
} ferm_image;

/* Preprocesses as the model says, runs the network, and gives each class its probability.
   probabilities  room for float [count][labels]; each row sums to 1. A call that fails writes none of them. */
ferm_status ferm_session_predict(ferm_session *session, const ferm_image *images, size_t count, float *probabilities); /* 0.1 */

/* How the samples of a pixel follow each other, where it has more than one. */
enum {
  FERM_RGB = 0,
  FERM_BGR = 1,  /* OpenCV's */
  FERM_RGBA = 2, /* four channels; what is not opaque is laid over white */
  FERM_BGRA = 3,
  FERM_RGBX = 4, /* four channels, the fourth of which says nothing */
  FERM_BGRX = 5
};

/* An image of which more is said, for calls with an image_size; grows. Begin with zeros, pass the address of `image`. */
typedef struct {
  ferm_image image;
  size_t order;               /* FERM_RGB to FERM_BGRX */
  double x, y, width, height; /* the box that is meant, in whole pixels once it is rounded; all 0: the whole image. What of it lies
                                 outside the image is the nearest pixel of the border. */
} ferm_picture;

/* The same for models of any number of labels and for pictures. Another order than RGB, and a box that reaches beyond the image, cost
   a copy of the box, of at most 2^28 pixels, whose memory the session keeps.
   image_size  sizeof(ferm_image) or sizeof(ferm_picture): the bytes from one image to the next
   capacity    the floats that `probabilities` has room for */
ferm_status ferm_session_predict_into(ferm_session *session, const ferm_image *images, size_t image_size, size_t count,
                                      float *probabilities, size_t capacity); /* 0.2 */

/* ---- numbers ---- */

/* Runs the network on input that is preprocessed already.
   input   float [count][channels][height][width]
   logits  room for float [count][labels] */
ferm_status ferm_session_logits(ferm_session *session, const float *input, size_t count, float *logits); /* 0.1 */

/* The same for models of any number of labels.
   capacity  the floats that `logits` has room for */
ferm_status ferm_session_logits_into(ferm_session *session, const float *input, size_t count, float *logits,
                                     size_t capacity); /* 0.2 */

/* Makes probabilities of logits, as ferm_session_predict does; both float [count][labels], and perhaps the same array.
   capacity  the floats that `probabilities` has room for */
ferm_status ferm_model_probabilities(const ferm_model *model, const float *logits, size_t count, float *probabilities,
                                     size_t capacity); /* 0.2 */
/* What logits are divided by before that; 0 for a NULL model. */
double ferm_model_temperature(const ferm_model *model); /* 0.2 */

/* ---- what a file says of its model ---- */

/* The SHA-256 that the file states of itself, in 64 hexadecimal digits. */
const char *ferm_model_digest(const ferm_model *model); /* 0.2 */

/* What an entry of a model's metadata is. */
enum {
  FERM_TEXT = 1,
  FERM_INTEGER = 2, /* 64 bits, with its sign */
  FERM_REAL = 3,    /* a double, with a point in any language */
  FERM_FLAG = 4,    /* "true" or "false" */
  FERM_NOTE = 5     /* a longer text, such as card.md */
};

/* An entry; grows. Begin with FERM_METADATA_INIT. */
typedef struct {
  size_t size; /* sizeof(ferm_metadata) */
  const char *key, *text;
  size_t kind; /* FERM_TEXT to FERM_NOTE, or one of a later version */
} ferm_metadata;
#define FERM_METADATA_INIT {sizeof(ferm_metadata), NULL, NULL, 0}

/* How many entries there are: licence, data, accuracy and so on, sorted by key, and then the notes. */
size_t ferm_model_metadata_count(const ferm_model *model); /* 0.2 */
/* Says what entry `index` is. */
ferm_status ferm_model_metadata(const ferm_model *model, size_t index, ferm_metadata *entry); /* 0.2 */
/* The text under a key such as "license", or NULL. */
const char *ferm_model_metadata_text(const ferm_model *model, const char *key); /* 0.2 */

/* ---- outputs ---- */

/* A model may give more than class scores, or something else. Calls that need class scores then give FERM_UNSUPPORTED.

     size_t index;
     ferm_output face = FERM_OUTPUT_INIT;
     ferm_model_output_index(model, "embedding", &index);
     ferm_model_output(model, index, &face);
     float *numbers = malloc(face.numbers * sizeof(float));
     ferm_rows rows = {index, numbers, face.numbers};
     ferm_session_image_outputs(session, &image, sizeof image, 1, &rows, sizeof rows, 1); */

/* What an output is; later numbers may stand for kinds that this header does not know. */
enum {
  FERM_SCORES = 1,    /* class scores: a logit for each label */
  FERM_EMBEDDING = 2, /* a vector for a face: two are compared by the cosine between them */
  FERM_DETECTION = 3  /* boxes with anchors and key points, level by level */
};

/* An output; grows. Begin with FERM_OUTPUT_INIT. */
typedef struct {
  size_t size;       /* sizeof(ferm_output) */
  const char *name;  /* no two outputs of a model have the same */
  size_t kind;       /* FERM_SCORES, FERM_EMBEDDING, FERM_DETECTION, or one of a later version */
  size_t numbers;    /* floats of an image's row */
  size_t key_points; /* of a detection: K, of each box */
  size_t levels;     /* of a detection */
} ferm_output;
#define FERM_OUTPUT_INIT {sizeof(ferm_output), NULL, 0, 0, 0, 0}

/* A level of a detection; grows. Begin with FERM_OUTPUT_LEVEL_INIT. docs/embed.md says how its numbers make boxes, as
   ferm_session_detect does. */
typedef struct {
  size_t size;                   /* sizeof(ferm_output_level) */
  size_t scores, boxes;          /* where they begin in the row: [anchors][height][width], [anchors][4 + 2 K][height][width] */
  size_t anchors, height, width; /* anchors at each place, and rows and columns of places */
  const float *anchor_sizes;     /* [anchors][2]: width and height; as long as the model */
} ferm_output_level;
#define FERM_OUTPUT_LEVEL_INIT {sizeof(ferm_output_level), 0, 0, 0, 0, 0, NULL}

/* How many outputs a model has, at least one; 0 for a NULL model. */
size_t ferm_model_output_count(const ferm_model *model); /* 0.2 */
/* Says what output `index` is. */
ferm_status ferm_model_output(const ferm_model *model, size_t index, ferm_output *output); /* 0.2 */
/* The number of the output of that name. Where there is none, the sentence has the names of all. */
ferm_status ferm_model_output_index(const ferm_model *model, const char *name, size_t *index); /* 0.2 */
/* Says what level `level` of a detection is. */
ferm_status ferm_model_output_level(const ferm_model *model, size_t index, size_t level, ferm_output_level *filled); /* 0.2 */

/* Where a call writes one output; grows. Begin with zeros. */
typedef struct {
  size_t output;   /* which of the model's outputs, counted from 0 */
  float *numbers;  /* room for float [count][numbers of the output] */
  size_t capacity; /* the floats that there is room for */
} ferm_rows;

/* Runs the network once on preprocessed input, and writes the outputs that are wanted.
   input       float [count][channels][height][width]
   rows        `rows_count` of them, no two for one output
   rows_size   sizeof(ferm_rows) */
ferm_status ferm_session_outputs(ferm_session *session, const float *input, size_t count, const ferm_rows *rows,
                                 size_t rows_size, size_t rows_count); /* 0.2 */
/* The same for images and pictures, preprocessed as the model says. */
ferm_status ferm_session_image_outputs(ferm_session *session, const ferm_image *images, size_t image_size, size_t count,
                                       const ferm_rows *rows, size_t rows_size, size_t rows_count); /* 0.2 */

/* ---- faces in photos ---- */

/* A model with an output of the kind FERM_DETECTION finds faces, which another one labels:

     ferm_face faces[20];
     size_t count;
     ferm_session_detect(finder, &photo, sizeof photo, NULL, faces, sizeof *faces, 20, &count);
     ferm_crop_rule rule = FERM_CROP_RULE_INIT;
     ferm_model_crop_rule(model, ferm_model_name(finder_model), &rule);
     ferm_session_predict_faces(session, &photo, sizeof photo, &rule, faces, sizeof *faces, count, probabilities, capacity); */

enum { FERM_FACE_POINTS = 8 };
/* A face in a photo, in pixels from its left and upper edge; grows. */
typedef struct {
  double x, y, width, height;         /* of its box: the left upper corner, and the sides; it may reach beyond the photo */
  double score;                       /* how sure the detector is: 0 to 1 */
  double points[FERM_FACE_POINTS][2]; /* x, y of its key points: first the eyes, as seen from the left of the photo */
  size_t point_count;                 /* how many there are; a detector's further ones are left out */
} ferm_face;

/* What a search takes for a face, and what it looks for; grows. 0 is the usual. */
typedef struct {
  size_t size;          /* sizeof(ferm_detection_options) */
  double min_score;     /* the score from which a box is a face; usually 0.58, and then also 0.8 of the surest face's */
  double overlap;       /* boxes that share more of the area which they cover are one face; usually 0.3 */
  double smallest_face; /* pixels of the faces that are surely searched; usually 40. Above the photo's sides: one look. */
} ferm_detection_options;
#define FERM_DETECTION_OPTIONS_INIT {sizeof(ferm_detection_options), 0, 0, 0}

/* Finds faces, those of the highest scores first.
   options    NULL for the usual ones
   face_size  sizeof(ferm_face)
   capacity   the faces that there is room for; more than 1024 are never given
   count      becomes the number of faces, 0 where the call fails
   Takes memory at the first such call of a session; and, until it returns, a third of the photo's bytes where tiles are searched,
   which take some tens of MiB more: the session keeps those. */
ferm_status ferm_session_detect(ferm_session *session, const ferm_image *photo, size_t image_size,
                                const ferm_detection_options *options, ferm_face *faces, size_t face_size, size_t capacity,
                                size_t *count); /* 0.2 */
/* How sure such a model is that each image shows a face and nothing else, as crops do: scores[count], 0 to 1. */
ferm_status ferm_session_face_scores(ferm_session *session, const ferm_image *crops, size_t image_size, size_t count,
                                     float *scores); /* 0.2 */

/* How a face is cut from a photo for a model; grows. Begin with FERM_CROP_RULE_INIT. The frame is a square: of `side` times the
   mean of the box's sides, its middle moved from the box's by `right` and `down` of the frame's sides. */
typedef struct {
  size_t size;              /* sizeof(ferm_crop_rule) */
  double side, right, down;
  double margin;            /* makes the frame so many times as large about its middle; 0 and 1 leave it */
  size_t level;             /* 1: the frame is turned so that the eyes are level */
  size_t is_stated;         /* 1: the model states the rule; 0: it states none for that detector, and this is the usual one */
} ferm_crop_rule;
#define FERM_CROP_RULE_INIT {sizeof(ferm_crop_rule), 0, 0, 0, 0, 0, 0}

/* The model's rule for faces that the detector of this name found. */
ferm_status ferm_model_crop_rule(const ferm_model *model, const char *detector, ferm_crop_rule *rule); /* 0.2 */
/* As ferm_session_predict_into, for faces of one photo. What of a frame lies outside it is the nearest pixel of its border.
   faces  of ferm_session_detect, or of another detector: a box, and for a level frame the eyes */
ferm_status ferm_session_predict_faces(ferm_session *session, const ferm_image *photo, size_t image_size,
                                       const ferm_crop_rule *rule, const ferm_face *faces, size_t face_size, size_t count,
                                       float *probabilities, size_t capacity); /* 0.2 */

#ifdef __cplusplus
}
#endif
#endif
