/* narrow FILE...: the verdict on each file, a line each. narrow: the limits' arithmetic. In a program of 32 bits. */
#include <stdio.h>

void narrow_verdict(const char *path);
void narrow_limits(void);
/* Bare Swift programs bring it with them. */
unsigned long __stack_chk_guard = 0x5bd1e995;

_Static_assert(sizeof(void *) == 4, "this is for 32 bits");

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IONBF, 0);
  if (count == 1) narrow_limits();
  for (int i = 1; i < count; i++) narrow_verdict(words[i]);
}
