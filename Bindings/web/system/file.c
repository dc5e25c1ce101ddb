/* Files where there are none: a model comes as bytes, and nothing that is exported opens one. */
#include "FermSystem.h"

#include <string.h>

int ferm_file_open(const char *path, uint64_t *size) { return -ENOSYS; }
int ferm_file_read(int file, uint64_t offset, void *into, size_t count) { return -ENOSYS; }
void ferm_file_close(int file) {}

void ferm_error_text(int error, char *text, size_t capacity) {
  static const char words[] = "there are no files here";
  if (capacity >= sizeof words) memcpy(text, words, sizeof words);
  else if (capacity > 0) text[0] = 0;
}
