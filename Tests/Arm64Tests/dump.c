/* dump FILE...: prints each file's dump, a line each, by the code of fer-inspect. */
#include <stdio.h>

void dump(const char *path);

int main(int count, char **words) {
  for (int i = 1; i < count; i++) dump(words[i]);
}
