/* The median of fresh processes, from their start to the first prediction of a C program with libferm.

     cc -O2 Benchmarks/first_prediction.c -o first_prediction $(pkg-config --cflags --libs ferm)
     first_prediction MODEL [THREADS]      threads open the file, and predict; as many as there are processors */
#define _GNU_SOURCE
#include <ferm.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 25, SIDE = 48 };
extern char **environ;

/* What a fresh process does. */
static int predict(const char *path, size_t threads) {
  static uint8_t pixels[SIDE * SIDE];
  memset(pixels, 127, sizeof pixels);
  ferm_image face = {pixels, SIDE, SIDE, 1, 0};
  ferm_model_options opening = FERM_MODEL_OPTIONS_INIT;
  ferm_session_options running = FERM_SESSION_OPTIONS_INIT;
  opening.threads = threads ? threads : FERM_PROCESSORS;
  running.threads = threads;
  ferm_model *model;
  ferm_session *session;
  float probabilities[FERM_MAX_LABELS];
  if (ferm_model_open_with(path, &opening, &model) || ferm_session_open(model, &running, &session) ||
      ferm_session_predict(session, &face, 1, probabilities)) {
    fprintf(stderr, "first_prediction: %s\n", ferm_last_error());
    return 3;
  }
  printf("%g\n", probabilities[0]);
  fflush(stdout);
  _exit(0); /* the system takes the memory back faster than its owners */
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

/* Milliseconds from a process's start to its output; below 0 when it fails. */
static double fresh(char **words) {
  int ends[2], status;
  pid_t child;
  char text[64];
  posix_spawn_file_actions_t actions;
  if (pipe(ends) || posix_spawn_file_actions_init(&actions)) return -1;
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  double start = now();
  int error = posix_spawn(&child, "/proc/self/exe", &actions, NULL, words, environ);
  close(ends[1]);
  ssize_t got = error ? -1 : read(ends[0], text, sizeof text);
  double end = now();
  close(ends[0]);
  posix_spawn_file_actions_destroy(&actions);
  return !error && waitpid(child, &status, 0) == child && status == 0 && got > 0 ? end - start : -1;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[3], "child") == 0) return predict(words[1], (size_t)atoi(words[2]));
  if (count != 2 && count != 3) {
    fprintf(stderr, "usage: first_prediction MODEL [THREADS]\n");
    return 2;
  }
  char *child[] = {words[0], words[1], count == 3 ? words[2] : "0", "child", NULL};
  double times[REPEATS];
  if (fresh(child) < 0) return 3; /* and the file is in the system's cache */
  for (int i = 0; i < REPEATS; i++) times[i] = fresh(child);
  qsort(times, REPEATS, sizeof *times, ascending);
  printf("{\"name\": \"load-c\", \"first_prediction_ms\": %.1f, \"least_ms\": %.1f}\n", times[REPEATS / 2], times[0]);
  return 0;
}
