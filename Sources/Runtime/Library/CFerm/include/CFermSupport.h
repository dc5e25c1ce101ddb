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

/* Writes a finite number in digits that are read as the same number again, with a point in any language; returns the bytes written. */
#define FERM_SHOWN_REAL 40
size_t ferm_show_real(double value, char shown[FERM_SHOWN_REAL]);

/* A struct that comes with its size has room for fields that are not yet thought of. Each field is as wide as a size_t, so that
   nothing lies between them, and no struct takes more bytes than this. */
#define FERM_LARGEST_STRUCT 4096
/* Whether a program may say that its struct has so many bytes, `least` of which the first version had. */
int ferm_is_struct_size(size_t size, size_t least);
/* Copies what the program has of a struct of known_size bytes; the rest becomes 0. Returns 0 when the program's has more, and
   not all of that is 0: it asks for something that only a newer library knows. Neither needs to be aligned. */
int ferm_copy_struct(void *known, size_t known_size, const void *given, size_t given_size);
/* Fills what the program has of a struct that begins with its size; what only the program knows becomes 0. */
void ferm_give_struct(void *given, size_t given_size, const void *known, size_t known_size);

#endif
