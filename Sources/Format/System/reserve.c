/* Memory that a call sets aside, so that it comes to its end in good order when the system gives no more.

   Swift ends the program where it is refused memory. In libferm its requests come here (scripts/libferm.sh sees to that): they
   go to the system, and where that refuses, to the reserve of the call in progress, which is then short. The call asks before
   each step whether it may go on (ferm_reserve_require), and so fails before its reserve is used up. */
#define _GNU_SOURCE
#include "FermSystem.h"

#include "pages.h"

#include <pthread.h>
#include <stdlib.h>

/* Stands at the beginning of the memory itself, of which no other page is touched before it is needed. */
struct ferm_reserve {
  size_t size, used;
  size_t live;  /* pieces that were given out, and one while the reserve has an owner */
  int is_short; /* whether the system refused something */
  ferm_reserve *next;
};

enum { HEADER = 64 };

/* This thread's call keeps its reserve there. No access to it calls the loader, which would itself need memory. */
static _Thread_local ferm_reserve **current __attribute__((tls_model("initial-exec")));

/* The reserves of which pieces were given out: none as long as nobody is short. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ferm_reserve *_Atomic drawn_on;

void ferm_reserve_before_fork(void) { pthread_mutex_lock(&lock); }
void ferm_reserve_after_fork(void) { pthread_mutex_unlock(&lock); }

static ferm_reserve *make(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
  size_t size = ferm_whole_pages(HEADER + bytes);
  ferm_reserve *reserve = ferm_pages_map(size);
  if (!reserve) return NULL;
  *reserve = (ferm_reserve){.size = size, .used = HEADER, .live = 1};
  return reserve;
}

/* Takes a reserve out of the list and gives it back to the system. */
static void end(ferm_reserve *reserve) {
  ferm_reserve *before = drawn_on;
  if (before == reserve) {
    drawn_on = reserve->next;
  } else {
    while (before->next != reserve) before = before->next;
    before->next = reserve->next;
  }
  ferm_pages_unmap(reserve, reserve->size);
}

void ferm_reserve_drop(ferm_reserve **place) {
  ferm_reserve *reserve = *place;
  *place = NULL;
  if (!reserve) return;
  if (reserve->used == HEADER) {
    ferm_pages_unmap(reserve, reserve->size);
    return;
  }
  pthread_mutex_lock(&lock);
  if (--reserve->live == 0) {
    end(reserve);
  } else {
    /* What lives on keeps the pages that it lies in, and no other. */
    reserve->size = ferm_pages_shrink(reserve, reserve->size, ferm_whole_pages(reserve->used));
  }
  pthread_mutex_unlock(&lock);
}

int ferm_reserve_prepare(ferm_reserve **place, size_t bytes) {
  if (!*place) *place = make(bytes);
  return *place != NULL;
}

int ferm_reserve_enter(ferm_reserve **place, size_t bytes) {
  if (!ferm_reserve_prepare(place, bytes)) return 0;
  current = place;
  return 1;
}

void ferm_reserve_leave(void) {
  if (*current && (*current)->used > HEADER) ferm_reserve_drop(current);
  current = NULL;
}

int ferm_reserve_require(size_t bytes) {
  if (!current) return 1;
  ferm_reserve *reserve = *current;
  if (reserve->is_short || bytes > SIZE_MAX / 2) return 0;
  if (reserve->size - reserve->used >= bytes) return 1;
  size_t size = ferm_whole_pages(HEADER + bytes);
  reserve = ferm_pages_resize(reserve, reserve->size, size);
  if (!reserve) return 0;
  reserve->size = size;
  *current = reserve;
  return 1;
}

/* Where a piece of the reserve would begin; 0 if it has no room for it. */
static size_t room(const ferm_reserve *reserve, size_t alignment, size_t bytes) {
  size_t start = (reserve->used + alignment - 1) / alignment * alignment;
  return start <= reserve->size && bytes <= reserve->size - start ? start : 0;
}

/* A piece of the call's reserve. */
static void *draw(size_t alignment, size_t bytes) {
  if (!current) return NULL;
  (*current)->is_short = 1;
  if (alignment < 16) alignment = 16;
  if (bytes == 0) bytes = 1;
  if (room(*current, alignment, bytes) == 0) {
    /* More than was thought of: another reserve, if the system gives one. */
    ferm_reserve *more = alignment <= 4096 ? make((*current)->size + bytes + alignment) : NULL;
    if (!more) return NULL;
    more->is_short = 1;
    ferm_reserve_drop(current);
    *current = more;
  }
  ferm_reserve *reserve = *current;
  pthread_mutex_lock(&lock);
  if (reserve->used == HEADER) {
    reserve->next = drawn_on;
    drawn_on = reserve;
  }
  size_t start = room(reserve, alignment, bytes);
  reserve->used = start + bytes;
  reserve->live++;
  pthread_mutex_unlock(&lock);
  return (char *)reserve + start;
}

void *ferm_swift_malloc(size_t bytes) {
  void *memory = malloc(bytes);
  return memory ? memory : draw(16, bytes);
}

int ferm_swift_posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (posix_memalign(memory, alignment, bytes) == 0) return 0;
  *memory = draw(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}

void ferm_swift_free(void *memory) {
  if (!drawn_on) {
    free(memory);
    return;
  }
  pthread_mutex_lock(&lock);
  ferm_reserve *reserve = drawn_on;
  while (reserve && !((char *)memory > (char *)reserve && (char *)memory < (char *)reserve + reserve->size))
    reserve = reserve->next;
  if (reserve && --reserve->live == 0) end(reserve);
  pthread_mutex_unlock(&lock);
  if (!reserve) free(memory);
}
