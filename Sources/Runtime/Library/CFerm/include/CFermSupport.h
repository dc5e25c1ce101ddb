/* What the Swift side of the library needs from C. Not installed. */
#ifndef CFERM_SUPPORT_H
#define CFERM_SUPPORT_H

#include "ferm.h"

void ferm_set_last_error(const char *utf8, size_t count);
/* The same for a file: its path comes first, any bytes made printable, a long one without its middle. */
void ferm_set_last_error_about(const char *path, const char *utf8, size_t count);
/* Writes a path as people may see it: what is not UTF-8 or moves a terminal's cursor as \xff or \u{202e}, a long one without
   its middle. Returns the bytes written, at most FERM_SHOWN_PATH. */
#define FERM_SHOWN_PATH 256
size_t ferm_show_path(const char *path, char *shown);

#endif
