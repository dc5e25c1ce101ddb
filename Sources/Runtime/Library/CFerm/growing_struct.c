/* Structs of which a program has an older or a newer version than the library. */
#include "CFermSupport.h"

#include <string.h>

int ferm_is_struct_size(size_t size, size_t least) {
  return size >= least && size <= FERM_LARGEST_STRUCT && size % sizeof(size_t) == 0;
}

int ferm_copy_struct(void *known, size_t known_size, const void *given, size_t given_size) {
  const unsigned char *bytes = given;
  for (size_t i = known_size; i < given_size; i++)
    if (bytes[i]) return 0;
  size_t both = given_size < known_size ? given_size : known_size;
  memcpy(known, given, both);
  memset((unsigned char *)known + both, 0, known_size - both);
  return 1;
}

void ferm_give_struct(void *given, size_t given_size, const void *known, size_t known_size) {
  size_t both = given_size < known_size ? given_size : known_size;
  /* The size stays the program's. */
  memcpy((unsigned char *)given + sizeof(size_t), (const unsigned char *)known + sizeof(size_t), both - sizeof(size_t));
  memset((unsigned char *)given + both, 0, given_size - both);
}
