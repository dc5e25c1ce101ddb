/* Memory runs short at every place in turn where a call asks for some, and a call must answer FERM_MEMORY or succeed, leave
   nothing behind, and work again. argv[1]: a model; argv[2]: at most so many places of each call are tried. */
#include <errno.h>
#include <ferm.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- an allocator that refuses ---- */

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

/* Requests number `from` and, if `lasting`, all later ones are refused; counted only while armed. */
static atomic_long asked, held, mapped; /* mapped: in bytes */
static long from;
static int lasting, armed;

static void arm(long place, int lasts) {
  asked = 0;
  from = place;
  lasting = lasts;
  armed = 1;
}

static int refused(void) {
  if (!armed) return 0;
  long number = asked++;
  if (number != from && !(lasting && number > from)) return 0;
  errno = ENOMEM;
  return 1;
}

static void *counted(void *memory) {
  if (memory) held++;
  return memory;
}

void *malloc(size_t bytes) { return refused() ? NULL : counted(__libc_malloc(bytes)); }
void *calloc(size_t count, size_t bytes) { return refused() ? NULL : counted(__libc_calloc(count, bytes)); }
void *realloc(void *memory, size_t bytes) {
  if (refused()) return NULL;
  void *moved = __libc_realloc(memory, bytes);
  if (moved && !memory) held++;
  return moved;
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  return refused() ? NULL : counted(__libc_memalign(alignment, bytes));
}
int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (refused()) return ENOMEM;
  *memory = counted(__libc_memalign(alignment, bytes));
  return *memory ? 0 : ENOMEM;
}
void free(void *memory) {
  if (memory) held--;
  __libc_free(memory);
}

/* What the library takes from the system itself is refused as well, and counted. */
void *mmap(void *place, size_t bytes, int protection, int flags, int file, off_t offset) {
  if (refused()) return MAP_FAILED;
  void *memory = (void *)syscall(SYS_mmap, place, bytes, protection, flags, file, offset);
  if (memory != MAP_FAILED) mapped += (long)bytes;
  return memory;
}
int munmap(void *place, size_t bytes) {
  mapped -= (long)bytes;
  return (int)syscall(SYS_munmap, place, bytes);
}
void *mremap(void *place, size_t before, size_t bytes, int flags, ...) {
  if (refused()) return MAP_FAILED;
  void *memory = (void *)syscall(SYS_mremap, place, before, bytes, flags, NULL);
  if (memory != MAP_FAILED) mapped += (long)bytes - (long)before;
  return memory;
}

/* ---- the calls ---- */

typedef enum { OPEN, OPEN_WITH, READ, CREATE, CREATE_FAST, LOGITS, PREDICT, PREDICT_PICTURES, OUTPUTS, IMAGE_OUTPUTS, PREDICT_FACES, DETECT,
               FACE_SCORES, CALLS } call;
static const char *const names[] = {"open", "open with two threads", "read", "create", "create fast", "logits",
                                    "predict", "predict pictures", "outputs", "outputs of images", "predict faces", "detect", "scores of crops"};
static const ferm_session_options fast = {sizeof(ferm_session_options), 2, 2, FERM_FAST};

static const char *path;
static char bytes[64 << 20];
static size_t size;
static ferm_model *model;
static ferm_session *session;
static uint8_t pixels[90 * 70 * 3];
static float input[2 * 3 * 256 * 256], numbers[3 * 65536];
static ferm_rows rows[16];
static ferm_face found[4];

/* Whether the model has an output of a kind. */
static int has(size_t kind) {
  for (size_t i = 0; i < ferm_model_output_count(model); i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    if (ferm_model_output(model, i, &output) == FERM_OK && output.kind == kind) return 1;
  }
  return 0;
}

/* Those calls are tried which the model can answer. */
static int answers(call which) {
  if (which == DETECT || which == FACE_SCORES) return has(FERM_DETECTION);
  int is_of_scores = which == LOGITS || which == PREDICT || which == PREDICT_PICTURES || which == PREDICT_FACES;
  return !is_of_scores || has(FERM_SCORES);
}

/* Room for all outputs, one after the other; how many there are. */
static size_t all_outputs(void) {
  size_t outputs = ferm_model_output_count(model), start = 0;
  for (size_t i = 0; i < outputs; i++) {
    ferm_output output = FERM_OUTPUT_INIT;
    if (ferm_model_output(model, i, &output) != FERM_OK || 3 * (start + output.numbers) > sizeof numbers / sizeof *numbers) exit(3);
    rows[i] = (ferm_rows){i, numbers + 3 * start, 3 * output.numbers};
    start += output.numbers;
  }
  return outputs;
}

static ferm_status make(call which) {
  ferm_image images[3] = {{pixels, 90, 70, 3, 0}, {pixels, 48, 48, 1, 0}, {pixels, 64, 64, 3, 0}};
  /* Copied for their order, or for what lies beyond the edge: small before large, plain between. */
  ferm_picture pictures[3] = {{.image = images[1], .x = -5, .y = 3, .width = 20, .height = 30}, {.image = images[2]},
                              {.image = images[0], .order = FERM_BGR}};
  /* Frames inside the photo, across its edge, and turned. */
  ferm_face faces[3] = {{.x = 10, .y = 10, .width = 30, .height = 30}, {.x = -9, .y = 50, .width = 30, .height = 40},
                        {.x = 20, .y = 20, .width = 20, .height = 20, .points = {{25, 25}, {35, 28}}, .point_count = 2}};
  ferm_crop_rule rule = {sizeof rule, 1.1, 0, -0.1, 1, 1, 0};
  /* So that there are tiles, and copies of half the size. */
  ferm_detection_options options = {sizeof options, 1e-3, 0, 8};
  size_t count;
  switch (which) {
    case PREDICT_FACES:
      return ferm_session_predict_faces(session, images, sizeof *images, &rule, faces, sizeof *faces, 3, numbers, sizeof numbers / 4);
    case DETECT: return ferm_session_detect(session, &pictures[2].image, sizeof *pictures, &options, found, sizeof *found, 4, &count);
    case FACE_SCORES: return ferm_session_face_scores(session, images, sizeof *images, 3, numbers);
    case OPEN: return ferm_model_open(path, &model);
    case OPEN_WITH: return ferm_model_open_with(path, &(ferm_model_options){sizeof(ferm_model_options), 2}, &model);
    case READ: return ferm_model_read(bytes, size, &model);
    case CREATE: return ferm_session_create(model, 2, 2, &session);
    case CREATE_FAST: return ferm_session_open(model, &fast, &session);
    case LOGITS: return ferm_session_logits(session, input, 2, numbers);
    case PREDICT: return ferm_session_predict(session, images, 3, numbers);
    case PREDICT_PICTURES:
      return ferm_session_predict_into(session, &pictures->image, sizeof *pictures, 3, numbers, sizeof numbers / 4);
    case OUTPUTS: return ferm_session_outputs(session, input, 2, rows, sizeof *rows, all_outputs());
    default: return ferm_session_image_outputs(session, &pictures->image, sizeof *pictures, 3, rows, sizeof *rows, all_outputs());
  }
}

/* What the call needs has been made, and is undone. */
static int prepare(call which) {
  if (which >= CREATE && ferm_model_open(path, &model) != FERM_OK) return 0;
  return which < LOGITS || ferm_session_create(model, 2, 2, &session) == FERM_OK;
}

static void undo(void) {
  arm(0, 1); /* giving memory back needs none */
  ferm_session_free(session);
  ferm_model_free(model);
  armed = 0;
  session = NULL, model = NULL;
}

/* How often a call asks for memory. */
static long count(call which) {
  if (!prepare(which)) return -1;
  arm(-1, 0);
  ferm_status status = make(which);
  armed = 0;
  long times = asked;
  undo();
  return status == FERM_OK ? times : -1;
}

static int fails(const char *what) {
  printf("%s: ", what);
  return 1;
}

/* One shortage; 0 when all is as promised. */
static int try(call which, long place, int lasts) {
  if (!prepare(which)) return fails("not prepared");
  memset(numbers, 0xFF, sizeof numbers);
  memset(found, 0xFF, sizeof found);
  long before = held, mapped_before = mapped;
  arm(place, lasts);
  ferm_status status = make(which);
  armed = 0;
  if (status != FERM_OK && status != FERM_MEMORY) return fails(ferm_last_error());
  if (status == FERM_MEMORY && which < CREATE && model) return fails("a model nevertheless");
  if (status == FERM_MEMORY && (which == CREATE || which == CREATE_FAST) && session) return fails("a session nevertheless");
  const unsigned char *untouched = (unsigned char *)numbers, *faces = (unsigned char *)found;
  for (size_t i = 0; status == FERM_MEMORY && i < sizeof numbers; i++)
    if (untouched[i] != 0xFF) return fails("a part of the results");
  for (size_t i = 0; status == FERM_MEMORY && i < sizeof found; i++)
    if (faces[i] != 0xFF) return fails("some of the faces");
  if (status == FERM_MEMORY && which < LOGITS && (held != before || mapped != mapped_before)) return fails("something left behind");
  if (status == FERM_MEMORY && make(which) != FERM_OK) return fails("not again");
  undo();
  return 0;
}

/* With `spare` bytes of address space left, images of many pixels and of long sides. */
static int predict_large(size_t spare) {
  static const size_t sides[][2] = {{4000, 4000}, {16384, 1}, {1, 16384}};
  size_t most = 4000 * 4000 * 3;
  uint8_t *large = calloc(most, 1);
  long used = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  int read = file ? fscanf(file, "%ld", &used) : 0;
  if (file) fclose(file);
  if (!large || read != 1 || ferm_model_open(path, &model) || ferm_session_create(model, 1, 1, &session)) return 2;
  struct rlimit limit = {(size_t)used * (size_t)sysconf(_SC_PAGESIZE) + spare, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
    ferm_image image = {large, sides[i][0], sides[i][1], 3, 0};
    ferm_status status = ferm_session_predict(session, &image, 1, numbers);
    if (status != FERM_OK && status != FERM_LIMIT) return fails(ferm_last_error());
  }
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_AS, &limit);
  free(large);
  undo();
  return 0;
}

int main(int words, char **word) {
  if (words != 3) return 2;
  path = word[1];
  FILE *file = fopen(path, "rb");
  if (!file) return 2;
  size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  if (ferm_model_open("", &model) == FERM_OK) return 2; /* the sentence's memory stays this thread's */
  if (ferm_model_open(path, &model) != FERM_OK) return 2;
  int wanted[CALLS];
  for (call which = 0; which < CALLS; which++) wanted[which] = answers(which);
  undo();
  for (call which = 0; which < CALLS; which++) {
    if (!wanted[which]) continue;
    long places = count(which), step = places / atol(word[2]) + 1;
    if (places < 0) return 2;
    printf("%s asks for memory %ld times\n", names[which], places);
    fflush(stdout);
    for (int lasts = 0; lasts < 2; lasts++)
      for (long place = 0; place < places; place += step) {
        pid_t child = fork();
        if (child == 0) {
          alarm(60);
          int failed = try(which, place, lasts);
          fflush(stdout);
          _exit(failed);
        }
        int status;
        waitpid(child, &status, 0);
        if (status == 0) continue;
        printf("%s, request %ld refused%s: status %x\n", names[which], place, lasts ? ", and all later ones" : "", status);
        return 1;
      }
  }
  return wanted[PREDICT] ? predict_large(40 << 20) : 0;
}
