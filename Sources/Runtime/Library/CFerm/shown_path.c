/* A path as people may see it. */
#include "CFermSupport.h"

#include <stdint.h>
#include <string.h>

/* More than the bytes that a character takes: \u{10ffff}. */
enum { CHARACTER = 16 };

/* Controls, marks that turn or hide text, and what no font has: a terminal must not see them. */
static int is_printable(uint32_t scalar) {
  static const uint32_t odd[][2] = {
      {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x0600, 0x0605},   {0x061C, 0x061C}, {0x06DD, 0x06DD},
      {0x070F, 0x070F},   {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F}, {0xD800, 0xF8FF},
      {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},
      {0x1D173, 0x1D17A}, {0xE0000, 0xFFFFFFFF}};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    if (scalar >= odd[i][0] && scalar <= odd[i][1]) return 0;
  return 1;
}

/* The bytes of the character at `path`, or 0 where there is no UTF-8. */
static size_t character(const unsigned char *path, uint32_t *scalar) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t bytes = *path < 0x80 ? 1 : *path < 0xC0 ? 0 : *path < 0xE0 ? 2 : *path < 0xF0 ? 3 : *path < 0xF8 ? 4 : 0;
  if (bytes == 0) return 0;
  *scalar = bytes == 1 ? *path : *path & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    if ((path[i] & 0xC0) != 0x80) return 0; /* the NUL at the end is none either */
    *scalar = *scalar << 6 | (path[i] & 0x3F);
  }
  return *scalar < least[bytes] ? 0 : bytes;
}

/* A number in at least two hexadecimal digits, between two texts. */
static size_t escape(const char *before, uint32_t number, const char *after, char shown[CHARACTER]) {
  size_t bytes = strlen(before), digits = 2;
  memcpy(shown, before, bytes);
  while (number >> 4 * digits > 0) digits++;
  while (digits-- > 0) shown[bytes++] = "0123456789abcdef"[number >> 4 * digits & 15];
  memcpy(shown + bytes, after, strlen(after));
  return bytes + strlen(after);
}

/* Shows the character at *path as people may see it, and goes on to the next; the bytes that it takes there. */
static size_t show(const char **path, char shown[CHARACTER]) {
  uint32_t scalar = 0;
  size_t bytes = character((const unsigned char *)*path, &scalar);
  if (bytes > 0 && is_printable(scalar)) {
    memcpy(shown, *path, bytes);
    *path += bytes;
    return bytes;
  }
  if (bytes > 1) {
    *path += bytes;
    return escape("\\u{", scalar, "}", shown);
  }
  return escape("\\x", (unsigned char)*(*path)++, "", shown);
}

static size_t shown_length(const char *path) {
  char shown[CHARACTER];
  size_t length = 0;
  while (*path) length += show(&path, shown);
  return length;
}

size_t ferm_show_path(const char *path, char *shown) {
  enum { PART = (FERM_SHOWN_PATH - 3) / 2 - CHARACTER };
  char character[CHARACTER];
  size_t used = 0, left = shown_length(path);
  int is_whole = left <= 2 * PART;
  while (*path && (is_whole || used < PART)) {
    size_t bytes = show(&path, shown + used);
    used += bytes, left -= bytes;
  }
  if (!*path) return used;
  memcpy(shown + used, "...", 3);
  used += 3;
  while (left > PART) left -= show(&path, character);
  while (*path) used += show(&path, shown + used);
  return used;
}
