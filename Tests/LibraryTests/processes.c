/* Forks, signals and threads around libferm; prints what does not hold. argv[1]: a model.
   A child that hangs is ended by its alarm. */
#include "expect.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FACES = 20 };
static uint8_t pixels[FACES][40 * 40];
static ferm_image faces[FACES];
static uint8_t samples[FACES][40 * 40 * 4];
static ferm_picture pictures[FACES]; /* the same pixels, four samples each, which are copied */
static float expected[FACES * FERM_MAX_LABELS];
static size_t labels;
static ferm_model *model;
static ferm_session *session, *busy;
static volatile int stopping;

static int predicts(ferm_session *with) {
  float got[FACES * FERM_MAX_LABELS];
  if (ferm_session_predict(with, faces, FACES, got) != FERM_OK || memcmp(got, expected, 4 * FACES * labels) != 0) return 0;
  memset(got, 0, sizeof got);
  return ferm_session_predict_into(with, &pictures->image, sizeof *pictures, FACES, got, FACES * labels) == FERM_OK &&
         memcmp(got, expected, 4 * FACES * labels) == 0;
}

/* Runs `body` in a child; the number of its failures, or -1 if it was killed. */
static int in_child(void (*body)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    failures = 0;
    body();
    fflush(stdout);
    _exit(failures);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void use(void) {
  EXPECT(predicts(session));
  EXPECT(predicts(session));
}

static void use_and_free(void) {
  use();
  ferm_session_free(session);
  ferm_model_free(model);
}

static void only_free(void) { ferm_session_free(session); }

static void make_another(void) {
  ferm_session *another;
  EXPECT(ferm_session_create(model, 2, 16, &another) == FERM_OK);
  EXPECT(predicts(another));
  session = another;
  EXPECT(in_child(use_and_free) == 0); /* a grandchild, which finds its parent's session */
  ferm_session_free(another);
}

static void fork_again(void) {
  use();
  EXPECT(in_child(make_another) == 0);
  use();
}

/* What another thread was doing in the parent is nobody's business here. */
static void use_the_busy_one(void) {
  EXPECT(predicts(busy));
  use();
  ferm_session *another;
  EXPECT(ferm_session_create(model, 2, 1 + (size_t)getpid() % 64, &another) == FERM_OK);
  ferm_session_free(another);
  ferm_session_free(busy);
}

static void *stay_busy(void *nothing) {
  while (!stopping) EXPECT(predicts(busy));
  return nothing;
}

/* Each new model makes its filters anew, and holds the lock for it. */
static void *make_sessions(void *path) {
  while (!stopping) {
    ferm_model *own;
    ferm_session *first;
    ferm_model_options two = {sizeof two, 2};
    EXPECT(ferm_model_open_with(path, &two, &own) == FERM_OK && ferm_session_create(own, 2, 8, &first) == FERM_OK);
    ferm_session_free(first);
    ferm_model_free(own);
  }
  return NULL;
}

static pthread_t main_thread;
static volatile sig_atomic_t elsewhere;
static void notice(int signal) {
  (void)signal;
  if (!pthread_equal(pthread_self(), main_thread)) elsewhere = 1;
}

static void check_signals(void) {
  struct sigaction action = {.sa_handler = notice};
  sigset_t usual;
  sigemptyset(&usual);
  for (int number = SIGHUP; number <= SIGUSR2; number++)
    if (number == SIGHUP || number == SIGINT || number == SIGUSR1 || number == SIGUSR2) {
      sigaction(number, &action, NULL);
      sigaddset(&usual, number);
    }
  pthread_sigmask(SIG_BLOCK, &usual, NULL);
  for (int i = 0; i < 50; i++) {
    kill(getpid(), i % 2 ? SIGUSR1 : SIGHUP);
    usleep(200);
  }
  sigset_t now;
  pthread_sigmask(SIG_UNBLOCK, &usual, NULL);
  EXPECT(!elsewhere);
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  EXPECT(!sigismember(&now, SIGTERM)); /* making threads left this one's mask as it was */
}

static void check_names(int wanted) {
  DIR *threads = opendir("/proc/self/task");
  if (!threads) return;
  int named = 0;
  for (struct dirent *entry; (entry = readdir(threads));) {
    char path[300], name[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fgets(name, sizeof name, file) && strcmp(name, "ferm\n") == 0) named++;
    fclose(file);
  }
  closedir(threads);
  EXPECT(named == wanted);
}

int main(int count, char **words) {
  if (count != 2) return 2;
  main_thread = pthread_self();
  for (int i = 0; i < FACES; i++) {
    for (int p = 0; p < 40 * 40; p++) pixels[i][p] = (uint8_t)(p * (i + 3) >> 3);
    for (int p = 0; p < 40 * 40 * 4; p++) samples[i][p] = p % 4 < 3 ? pixels[i][p / 4] : 0;
    faces[i] = (ferm_image){pixels[i], 40, 40, 1, 0};
    pictures[i] = (ferm_picture){.image = {samples[i], 40, 40, 4, 0}, .order = FERM_BGRX};
  }
  EXPECT(ferm_model_open_with(words[1], &(ferm_model_options){sizeof(ferm_model_options), 3}, &model) == FERM_OK);
  check_names(0); /* of its threads none is left */
  labels = ferm_model_label_count(model);
  EXPECT(ferm_session_create(model, 3, 16, &session) == FERM_OK);
  EXPECT(in_child(only_free) == 0); /* of a session that never ran */
  EXPECT(ferm_session_predict(session, faces, FACES, expected) == FERM_OK);
  check_signals();
  check_names(2);

  EXPECT(in_child(use) == 0);
  EXPECT(in_child(use_and_free) == 0);
  EXPECT(in_child(only_free) == 0);
  EXPECT(in_child(make_another) == 0);
  EXPECT(in_child(fork_again) == 0);
  use();

  EXPECT(ferm_session_create(model, 2, 16, &busy) == FERM_OK);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, stay_busy, NULL);
  pthread_create(&threads[1], NULL, make_sessions, words[1]);
  for (int i = 0; i < 40 && failures == 0; i++) {
    usleep(1000 * (unsigned)(i % 7));
    EXPECT(in_child(use_the_busy_one) == 0);
  }
  stopping = 1;
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  use();

  ferm_session_free(session);
  ferm_session_free(busy);
  ferm_model_free(model);
  printf("%d failures\n", failures);
  return failures > 0;
}
