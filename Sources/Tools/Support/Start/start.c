#include "FermToolStart.h"

static int count;
static char **words;

/* glibc gives constructors what it gives main. */
__attribute__((constructor)) static void take_words(int given_count, char **given_words) {
  count = given_count;
  words = given_words;
}

int ferm_word_count(void) { return count; }
const char *ferm_word(int place) { return words[place]; }
