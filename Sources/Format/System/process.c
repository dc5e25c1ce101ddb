/* Which process this is, and what must not hang in a child that fork made: of all threads it has the caller's alone, and
   whatever the others held stays held. */
#define _GNU_SOURCE
#include "FermSystem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t watched = PTHREAD_ONCE_INIT;
static atomic_uint forks; /* between the first process and this one */

/* Who has the lock may ask for memory, and so want the reserves'; never the other way round. */
static void before_fork(void) {
  pthread_mutex_lock(&lock);
  ferm_reserve_before_fork();
}

static void after_fork(void) {
  ferm_reserve_after_fork();
  pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void) {
  atomic_fetch_add(&forks, 1);
  after_fork();
}

static void watch_forks(void) { pthread_atfork(before_fork, after_fork, after_fork_in_child); }

/* The number of forks tells a child in a namespace of its own, whose process id may be its parent's; the process id tells
   one that was made past pthread_atfork. */
uint64_t ferm_process(void) {
  pthread_once(&watched, watch_forks);
  return (uint64_t)atomic_load(&forks) << 32 | (uint32_t)getpid();
}

void ferm_lock(void) {
  pthread_once(&watched, watch_forks);
  pthread_mutex_lock(&lock);
}

void ferm_unlock(void) { pthread_mutex_unlock(&lock); }

int ferm_try_enter(uint64_t *word) {
  uint64_t mine = ferm_process(), found = __atomic_load_n(word, __ATOMIC_RELAXED);
  if (found == mine) return 0;
  /* What another process left there belongs to a thread that this one does not have. */
  return __atomic_compare_exchange_n(word, &found, mine, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void ferm_leave(uint64_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }
