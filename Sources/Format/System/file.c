#define _GNU_SOURCE
#include "FermSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
    return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
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

int ferm_file_create_beside(const char *path, char *temporary, size_t capacity) {
  int length = snprintf(temporary, capacity, "%s.XXXXXX", path);
  if (length < 0 || (size_t)length >= capacity) return -ENAMETOOLONG;
  int file = mkostemp(temporary, O_CLOEXEC);
  if (file < 0) return -errno;
  /* mkostemp makes the file private; give it what open(2) would have given. */
  mode_t mask = umask(0);
  umask(mask);
  fchmod(file, 0666 & ~mask);
  return file;
}

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

/* After a rename only the folder's own flush makes the new name survive a power cut. */
static void flush_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
  if (!folder) return;
  int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file >= 0) {
    fsync(file);
    close(file);
  }
  free(folder);
}

int ferm_file_commit(int file, const char *temporary, const char *path) {
  int error = 0;
  if (fsync(file) != 0) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary, path) != 0) error = errno;
  if (error != 0) {
    unlink(temporary);
    return -error;
  }
  flush_folder(path);
  return 0;
}

void ferm_file_discard(int file, const char *temporary) {
  close(file);
  unlink(temporary);
}

void ferm_error_text(int error, char *text, size_t capacity) {
  const char *words = strerror_r(error, text, capacity); /* the GNU form: may return its own string */
  if (words != text) snprintf(text, capacity, "%s", words);
}
