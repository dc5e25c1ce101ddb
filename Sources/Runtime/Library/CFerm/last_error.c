/* The text of the last failure, one for each thread. */
#include "CFermSupport.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Nothing but a pointer for each thread, at a place that the loader never has to find memory for. */
static _Thread_local struct text { size_t capacity; char utf8[]; } *last __attribute__((tls_model("initial-exec")));
static _Thread_local int is_lost __attribute__((tls_model("initial-exec"))); /* there was no memory for the text */

static pthread_key_t key; /* frees a thread's text at its end */
static int has_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void forget(void *text) {
  free(text);
  last = NULL;
}

static void make_key(void) { has_key = pthread_key_create(&key, forget) == 0; }

const char *ferm_last_error(void) {
  if (is_lost) return "There is no memory for the sentence that says what is wrong.";
  return last ? last->utf8 : "";
}

/* Room for a text of so many bytes; 0 if there is none. */
static int make_room(size_t count) {
  if (last && last->capacity > count) return 1;
  pthread_once(&once, make_key);
  size_t capacity = count < 512 ? 512 : count + 1;
  struct text *text = has_key ? realloc(last, sizeof *text + capacity) : NULL;
  if (!text) return 0;
  text->capacity = capacity;
  last = text;
  if (pthread_setspecific(key, text) == 0) return 1;
  forget(text);
  return 0;
}

/* Sets the text to one part after the other. */
static void set(const char *first, size_t first_count, const char *second, size_t second_count) {
  is_lost = !make_room(first_count + second_count);
  if (is_lost) return;
  memcpy(last->utf8, first, first_count);
  memcpy(last->utf8 + first_count, second, second_count);
  last->utf8[first_count + second_count] = 0;
}

void ferm_set_last_error(const char *utf8, size_t count) { set("", 0, utf8, count); }

void ferm_set_last_error_about(const char *path, const char *utf8, size_t count) {
  char shown[FERM_SHOWN_PATH + 2];
  size_t bytes = ferm_show_path(path, shown);
  memcpy(shown + bytes, ": ", 2);
  set(shown, bytes + 2, utf8, count);
}
