#define _GNU_SOURCE
#include "FermSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ferm_file_open(const char *path, uint64_t *size) {
  /* O_NONBLOCK: opening a fifo must not hang; it has no effect on a regular file. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return -errno;
  struct stat status;
  if (fstat(file, &status) != 0) {
    int error = errno;
    close(file);
    return -error;
  }
  if (!S_ISREG(status.st_mode)) {
    close(file);
    return S_ISDIR(status.st_mode) ? -EISDIR : FERM_NO_FILE;
  }
  *size = (uint64_t)status.st_size;
  return file;
}

int ferm_file_read(int file, uint64_t offset, void *into, size_t count) {
  char *next = into;
  while (count > 0) {
    ssize_t got = pread(file, next, count, (off_t)offset);
    if (got < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (got == 0) return 1;
    next += got;
    offset += (uint64_t)got;
    count -= (size_t)got;
  }
  return 0;
}

void ferm_file_close(int file) { close(file); }

int ferm_file_append(int file, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t put = write(file, next, count);
    if (put < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    next += put;
    count -= (size_t)put;
  }
  return 0;
}

void ferm_error_text(int error, char *text, size_t capacity) {
  const char *words = strerror_r(error, text, capacity); /* the GNU form: may return its own string */
  if (words != text) snprintf(text, capacity, "%s", words);
}
