#include "FermToolStart.h"

#include <fcntl.h>

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
