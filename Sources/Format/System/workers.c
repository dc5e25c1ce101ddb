/* A pool for short, blocking bursts of equal tasks. Bursts follow each other closely within a run, so a thread that waits
   looks for some 50 microseconds before it sleeps; an idle pool uses no processor. A burst never waits for a thread that has not
   come to it. In a child of the process that made it a pool has no threads, and the caller does their work. */
#define _GNU_SOURCE
#include "FermSystem.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Looks before sleeping; a look is a pause of some 40 cycles. */
enum { LOOKS = 4000 };

struct ferm_workers {
  pthread_mutex_t lock;
  pthread_cond_t start, done;
  pthread_mutex_t callers; /* one burst at a time */
  ferm_task task;
  void *context;
  size_t count;
  atomic_size_t next;  /* the next index to hand out */
  atomic_uint burst;   /* counts the bursts, so that a waiting thread knows a new one from the last */
  atomic_int places;   /* for threads that are still wanted: no more take part than there are tasks */
  atomic_int busy;     /* threads that have not finished the burst, those still wanted among them */
  atomic_int sleeping; /* threads that need a signal to notice a burst */
  atomic_int waiting;  /* whether the caller needs a signal to notice the end */
  atomic_int stopping;
  atomic_int processor; /* where the caller was when it last woke threads */
  uint64_t process; /* whose threads these are */
  int threads;      /* threads beside the caller's */
  pthread_t thread[];
};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take_tasks(ferm_workers *workers) {
  for (;;) {
    size_t index = atomic_fetch_add_explicit(&workers->next, 1, memory_order_relaxed);
    if (index >= workers->count) return;
    workers->task(workers->context, index);
  }
}

/* A thread that wakes where the caller works would wait for it, and the caller for the thread, until the system looks at its
   queues: milliseconds. So it goes elsewhere, if it may. */
static void leave(int processor) {
  cpu_set_t all, others;
  if (sched_getcpu() != processor || sched_getaffinity(0, sizeof all, &all) != 0) return;
  others = all;
  CPU_CLR(processor, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
  sched_setaffinity(0, sizeof all, &all);
}

/* A thread counts itself as sleeping before it looks for the last time, and a caller starts a burst before it looks who
   sleeps: in whatever order the two meet, one of them sees the other. Returns the burst that is new. */
static unsigned await_burst(ferm_workers *workers, unsigned seen) {
  for (int i = 0; i < LOOKS; i++) {
    if (atomic_load(&workers->burst) != seen || atomic_load(&workers->stopping)) return atomic_load(&workers->burst);
    pause_briefly();
  }
  pthread_mutex_lock(&workers->lock);
  atomic_fetch_add(&workers->sleeping, 1);
  while (atomic_load(&workers->burst) == seen && !atomic_load(&workers->stopping))
    pthread_cond_wait(&workers->start, &workers->lock);
  atomic_fetch_sub(&workers->sleeping, 1);
  pthread_mutex_unlock(&workers->lock);
  leave(atomic_load(&workers->processor));
  return atomic_load(&workers->burst);
}

/* When the tasks have been handed out, whoever has not come yet is wanted no more. */
static void await_end(ferm_workers *workers, int woke) {
  int missing = atomic_exchange(&workers->places, 0);
  if (missing > 0) {
    atomic_fetch_sub(&workers->busy, missing);
    if (woke) sched_yield(); /* so that a thread that woke here can leave */
  }
  for (int i = 0; i < LOOKS; i++) {
    if (atomic_load(&workers->busy) == 0) return;
    pause_briefly();
  }
  pthread_mutex_lock(&workers->lock);
  atomic_store(&workers->waiting, 1);
  while (atomic_load(&workers->busy) > 0) pthread_cond_wait(&workers->done, &workers->lock);
  atomic_store(&workers->waiting, 0);
  pthread_mutex_unlock(&workers->lock);
}

static void *work(void *argument) {
  ferm_workers *workers = argument;
  pthread_setname_np(pthread_self(), "ferm");
  for (unsigned seen = 0;;) {
    seen = await_burst(workers, seen);
    if (atomic_load(&workers->stopping)) return NULL;
    /* Whoever comes late to a burst may find the next one's places, and takes part in that. */
    if (atomic_fetch_sub(&workers->places, 1) <= 0) continue;
    take_tasks(workers);
    if (atomic_fetch_sub(&workers->busy, 1) == 1 && atomic_load(&workers->waiting)) {
      pthread_mutex_lock(&workers->lock);
      pthread_cond_signal(&workers->done);
      pthread_mutex_unlock(&workers->lock);
    }
  }
}

/* The program's signals are for its own threads: a worker takes only those that its own instructions cause. */
static void block_signals(sigset_t *before) {
  static const int caused[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
  sigset_t blocked;
  sigfillset(&blocked);
  for (size_t i = 0; i < sizeof caused / sizeof *caused; i++) sigdelset(&blocked, caused[i]);
  pthread_sigmask(SIG_SETMASK, &blocked, before);
}

/* A thread begins with the mask of the one that makes it. */
static int add_threads(ferm_workers *workers, int threads) {
  sigset_t before;
  int error = 0;
  block_signals(&before);
  while (workers->threads < threads && error == 0) {
    error = pthread_create(&workers->thread[workers->threads], NULL, work, workers);
    if (error == 0) workers->threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

ferm_workers *ferm_workers_create(int threads) {
  if (threads < 1) threads = 1;
  ferm_workers *workers = calloc(1, sizeof *workers + sizeof(pthread_t) * (size_t)threads);
  if (!workers) return NULL;
  pthread_mutex_init(&workers->lock, NULL);
  pthread_mutex_init(&workers->callers, NULL);
  pthread_cond_init(&workers->start, NULL);
  pthread_cond_init(&workers->done, NULL);
  workers->process = ferm_process();
  if (threads > 1 && add_threads(workers, threads - 1) != 0) {
    ferm_workers_destroy(workers);
    return NULL;
  }
  return workers;
}

/* Whether there are threads beside the caller's. */
static int has_threads(ferm_workers *workers) { return workers->threads > 0 && workers->process == ferm_process(); }

/* Begins a burst in which so many threads are wanted beside the caller's; says whether some had to be woken. */
static int begin(ferm_workers *workers, ferm_task task, void *context, size_t count, int wanted) {
  pthread_mutex_lock(&workers->callers);
  workers->task = task, workers->context = context, workers->count = count;
  atomic_store(&workers->next, 0);
  atomic_store(&workers->busy, wanted);
  atomic_store(&workers->places, wanted);
  atomic_fetch_add(&workers->burst, 1);
  if (atomic_load(&workers->sleeping) == 0) return 0;
  atomic_store(&workers->processor, sched_getcpu());
  pthread_mutex_lock(&workers->lock);
  for (int i = 0; i < wanted; i++) pthread_cond_signal(&workers->start);
  pthread_mutex_unlock(&workers->lock);
  return 1;
}

static void end(ferm_workers *workers, int woke) {
  await_end(workers, woke);
  pthread_mutex_unlock(&workers->callers);
}

void ferm_workers_run(ferm_workers *workers, ferm_task task, void *context, size_t count) {
  if (count < 2 || !has_threads(workers)) {
    for (size_t index = 0; index < count; index++) task(context, index);
    return;
  }
  int woke = begin(workers, task, context, count, count - 1 < (size_t)workers->threads ? (int)(count - 1) : workers->threads);
  take_tasks(workers);
  end(workers, woke);
}

void ferm_workers_begin(ferm_workers *workers, ferm_task task, void *context) {
  if (has_threads(workers)) begin(workers, task, context, (size_t)workers->threads, workers->threads);
}

void ferm_workers_end(ferm_workers *workers) {
  if (!has_threads(workers)) return;
  atomic_store(&workers->next, workers->count);
  end(workers, 1);
}

void ferm_workers_destroy(ferm_workers *workers) {
  if (!workers) return;
  if (workers->process != ferm_process()) {
    /* Its threads never were here, and what they held cannot be asked for. */
    free(workers);
    return;
  }
  pthread_mutex_lock(&workers->lock);
  atomic_store(&workers->stopping, 1);
  pthread_cond_broadcast(&workers->start);
  pthread_mutex_unlock(&workers->lock);
  for (int i = 0; i < workers->threads; i++) pthread_join(workers->thread[i], NULL);
  pthread_cond_destroy(&workers->start);
  pthread_cond_destroy(&workers->done);
  pthread_mutex_destroy(&workers->lock);
  pthread_mutex_destroy(&workers->callers);
  free(workers);
}

/* cgroup v2 keeps "quota period" (microseconds, or "max") in one file. */
static int cgroup_limit(void) {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (!file) return 0;
  long quota = 0, period = 0;
  int read = fscanf(file, "%ld %ld", &quota, &period);
  fclose(file);
  if (read != 2 || quota <= 0 || period <= 0) return 0;
  return (int)((quota + period - 1) / period);
}

int ferm_processor_count(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  int limit = cgroup_limit();
  if (limit > 0 && limit < count) count = limit;
  return count < 1 ? 1 : count;
}
