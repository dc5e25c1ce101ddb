/* libferm: loads a .ferm model and predicts. The whole library; it needs libc, libm and libz.

     ferm_model *model;
     ferm_session *session;
     if (ferm_model_open("faces.ferm", &model) || ferm_session_create(model, 0, 1, &session))
       fprintf(stderr, "%s\n", ferm_last_error());
     ferm_image face = {pixels, width, height, 3, 3 * width};
     float probabilities[FERM_MAX_LABELS];
     ferm_session_predict(session, &face, 1, probabilities);

   Rules that hold for every function:
   - Bad input of any kind gives a status and a sentence (ferm_last_error); it never ends the program.
   - A model never changes once it is loaded: threads may share it. A session belongs to one thread at a time;
     a call that finds another one at work in the same session is refused with FERM_BUSY.
   - The kernels are the best that the processor has; the environment variable FERM_INSTRUCTIONS (portable, avx2, avx512)
     forces others when a model is loaded.
   - Nothing is printed, no signal is touched, and no thread outlives its session. */
#ifndef FERM_H
#define FERM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header; ferm_version() is that of the library. */
#define FERM_VERSION "0.1.0"

/* No model has more labels. */
#define FERM_MAX_LABELS 256

/* ---- status ---- */

/* What a function returns. The numbers never change; 1 to 11 are the error codes of the file format's specification. */
typedef int ferm_status;
enum {
  FERM_OK = 0,
  FERM_IO = 1,          /* the operating system could not read the file */
  FERM_SIGNATURE = 2,   /* this is no .ferm file */
  FERM_UNSUPPORTED = 3, /* the file needs a newer library */
  FERM_TRUNCATED = 4,   /* the file ends too early, or goes on after its end */
  FERM_CHECKSUM = 5,    /* the file is damaged */
  FERM_STRUCTURE = 6,   /* the file's parts are missing, repeated or out of order */
  FERM_VALUE = 7,       /* a value is outside its range */
  FERM_LIMIT = 8,       /* a stated limit is exceeded */
  FERM_GRAPH = 9,       /* the network does not fit together */
  FERM_WEIGHTS = 10,    /* the weights do not decode */
  FERM_MEMORY = 11,     /* there is not enough memory */
  FERM_SELF_TEST = 12,  /* the model does not give the logits that it says it must */
  FERM_ARGUMENT = 100,  /* a pointer is NULL or a number makes no sense */
  FERM_BUSY = 101       /* another thread is using this session */
};

/* Why the last call that failed on this thread failed: one sentence in UTF-8, empty if none failed yet.
   Valid until the next call that fails on this thread. */
const char *ferm_last_error(void);

/* The library's version, for example "0.1.0". */
const char *ferm_version(void);

/* ---- models ---- */

typedef struct ferm_model ferm_model;

/* Loads the file at `path`. The file may change or go once this returns. On failure *model becomes NULL. */
ferm_status ferm_model_open(const char *path, ferm_model **model);
/* Loads a file that is in memory; `bytes` may be freed once this returns. On failure *model becomes NULL. */
ferm_status ferm_model_read(const void *bytes, size_t count, ferm_model **model);
/* Frees a model; sessions made from it go on working. NULL is fine. */
void ferm_model_free(ferm_model *model);

/* The model's name. Like every text of a model: UTF-8, valid as long as the model; NULL for a NULL model. */
const char *ferm_model_name(const ferm_model *model);
/* How many classes it tells apart; 0 for a NULL model. */
size_t ferm_model_label_count(const ferm_model *model);
/* The name of class `index`, or NULL if there is none. */
const char *ferm_model_label(const ferm_model *model, size_t index);
/* The shape of one network input: channels, height, width. */
ferm_status ferm_model_input_shape(const ferm_model *model, size_t shape[3]);

/* ---- sessions ---- */

typedef struct ferm_session ferm_session;

/* Takes all the memory and threads that runs will need: ferm_session_logits takes no more, ferm_session_predict only what
   it needs to make an image ready.
   threads    1: the calling thread alone, no thread is made. 0: as many as this process may use processors. At most 256.
   max_batch  the most images that one pass takes, 1 to 4096; more images run in several passes. The kernels are chosen
              for this number, so that within a session an image's result does not depend on what runs beside it.
   On failure *session becomes NULL. */
ferm_status ferm_session_create(const ferm_model *model, int threads, size_t max_batch, ferm_session **session);
/* Frees a session and ends its threads. NULL is fine. */
void ferm_session_free(ferm_session *session);

/* Runs the network on preprocessed input.
   input   float [count][channels][height][width]
   logits  room for float [count][labels] */
ferm_status ferm_session_logits(ferm_session *session, const float *input, size_t count, float *logits);

/* An 8-bit image of any size, in memory that stays the caller's. */
typedef struct {
  const uint8_t *pixels; /* rows from the top; grey, or R G B R G B ... */
  size_t width, height;  /* 1 to 65535 */
  size_t channels;       /* 1: grey, 3: RGB */
  size_t stride;         /* bytes from one row to the next; 0 for rows without a gap */
} ferm_image;

/* Preprocesses as the model says, runs the network, and gives each class its probability.
   probabilities  room for float [count][labels]; each row sums to 1 */
ferm_status ferm_session_predict(ferm_session *session, const ferm_image *images, size_t count, float *probabilities);

#ifdef __cplusplus
}
#endif
#endif
