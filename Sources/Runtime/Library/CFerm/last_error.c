/* The text of the last failure, one for each thread. */
#include "CFermSupport.h"

#include <string.h>

static _Thread_local char text[512];

const char *ferm_last_error(void) { return text; }

void ferm_set_last_error(const char *utf8, size_t count) {
  if (count >= sizeof text) {
    count = sizeof text - 1;
    while (count > 0 && ((unsigned char)utf8[count] & 0xC0) == 0x80) count--; /* never cut a character */
  }
  memcpy(text, utf8, count);
  text[count] = 0;
}
