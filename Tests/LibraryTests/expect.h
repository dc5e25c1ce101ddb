/* What the tests in C share. */
#include <ferm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static int failures;
#define EXPECT(condition)                                                                     \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      printf("line %d: %s does not hold: %s\n", __LINE__, #condition, ferm_last_error());     \
      fflush(stdout);                                                                         \
      failures++;                                                                             \
    }                                                                                         \
  } while (0)

/* So many bytes that end where memory ends: a byte read or written beyond them ends the program. */
static inline void *at_the_edge(size_t count) {
  enum { PAGE = 1 << 16 };
  char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + PAGE, PAGE, PROT_NONE) || count > PAGE) exit(2);
  return memory + PAGE - count;
}
