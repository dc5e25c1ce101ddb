#define _GNU_SOURCE
#include "FermToolStart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int count;
static char **words;

/* A standard stream that was closed would be the next file that is opened, and messages would be written into results.
   Each is opened the wrong way round, so that its use is an error still; messages may go nowhere. */
static void occupy_streams(void) {
  static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int stream = 0; stream < 3; stream++)
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", modes[stream]);
}

/* glibc gives constructors what it gives main. */
__attribute__((constructor)) static void start(int given_count, char **given_words) {
  count = given_count;
  words = given_words;
  occupy_streams();
}

int ferm_word_count(void) { return count; }
const char *ferm_word(int place) { return words[place]; }

int ferm_memory_file(void) {
  int file = memfd_create("ferm", MFD_CLOEXEC);
  return file < 0 ? -errno : file;
}

int ferm_start_again(char *const given[], int said) {
  /* A caller may have left SIGCHLD ignored; the system then keeps no word of how a child ended. */
  signal(SIGCHLD, SIG_DFL);
  pid_t parent = getpid(), child = fork();
  if (child != 0) return child < 0 ? -errno : child;
  /* Other threads are not in the child, so it asks for nothing that they may hold. */
  int nothing = open("/dev/null", O_RDWR);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() == parent && nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(nothing, 1) >= 0 && dup2(said, 2) >= 0) {
    if (nothing > 2) close(nothing);
    execv("/proc/self/exe", given);
    execvp(words[0], given);
  }
  _exit(127);
}
