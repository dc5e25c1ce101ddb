/* A number in words that any program reads as the same number, whatever the language of this one. */
#include "CFermSupport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t ferm_show_real(double value, char shown[FERM_SHOWN_REAL]) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(shown, FERM_SHOWN_REAL, "%.*g", digits, value);
    if (strtod(shown, NULL) == value) break;
  }
  /* What is neither a digit nor a sign is this language's decimal mark, perhaps of several bytes. */
  size_t count = 0;
  for (const char *from = shown; *from; from++) {
    if (strchr("0123456789+-e", *from)) shown[count++] = *from;
    else if (count == 0 || shown[count - 1] != '.') shown[count++] = '.';
  }
  return count;
}
