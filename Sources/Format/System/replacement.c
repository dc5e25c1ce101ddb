/* A file that takes the place of another when it is complete.
   It grows beside its place as NAME.part- and six signs, locked for as long as its writer lives: one that nobody holds was
   left by a program that was killed, and the next writer of NAME removes it. */
#define _GNU_SOURCE
#include "FermSystem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK = 6, RANDOM = 6, TRIES = 100 };
static const char mark[MARK + 1] = ".part-";

/* The bytes of path up to its last component, slash included. */
static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

/* How much of a name stays in that of its temporary file, so that it is not too long for a folder. */
static size_t kept_length(const char *name) {
  size_t length = strlen(name);
  return length < NAME_MAX - MARK - RANDOM ? length : NAME_MAX - MARK - RANDOM;
}

static char *folder_of(const char *path) {
  size_t length = folder_length(path);
  return length > 0 ? strndup(path, length) : strdup(".");
}

static void remove_if_dead(int folder, const char *name) {
  int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && flock(file, LOCK_EX | LOCK_NB) == 0)
    unlinkat(folder, name, 0);
  close(file);
}

static void remove_dead(const char *path) {
  const char *name = path + folder_length(path);
  size_t kept = kept_length(name);
  char *folder = folder_of(path);
  DIR *entries = folder ? opendir(folder) : NULL;
  free(folder);
  if (!entries) return;
  for (struct dirent *entry; (entry = readdir(entries));)
    if (strncmp(entry->d_name, name, kept) == 0 && strncmp(entry->d_name + kept, mark, MARK) == 0 &&
        strlen(entry->d_name + kept + MARK) == RANDOM)
      remove_if_dead(dirfd(entries), entry->d_name);
  closedir(entries);
}

static int append_random(char *text) {
  static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
  unsigned char bytes[RANDOM];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return -EIO;
  for (int i = 0; i < RANDOM; i++) text[i] = digits[bytes[i] & 31];
  text[RANDOM] = 0;
  return 0;
}

/* Whether this process holds the file under its name: another one that cleans up may have come between making and locking it. */
static int is_held(int file) {
  struct stat status;
  return flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0 && status.st_nlink > 0;
}

int ferm_file_create_beside(const char *path, char *temporary, size_t capacity) {
  size_t kept = folder_length(path) + kept_length(path + folder_length(path));
  if (kept + MARK + RANDOM + 1 > capacity) return -ENAMETOOLONG;
  struct stat old;
  int exists = lstat(path, &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) return -EISDIR;
  remove_dead(path);
  for (int try = 0; try < TRIES; try++) {
    memcpy(temporary, path, kept);
    memcpy(temporary + kept, mark, MARK);
    int error = append_random(temporary + kept + MARK);
    if (error != 0) return error;
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) return -errno;
    if (!is_held(file)) {
      close(file);
      continue;
    }
    /* Who could read the file before can read its successor, and nobody else. */
    if (exists && S_ISREG(old.st_mode)) fchmod(file, old.st_mode & 0777);
    return file;
  }
  return -EEXIST;
}

/* After a rename only the folder's own flush makes the new name survive a power cut. */
static void flush_folder(const char *path) {
  char *folder = folder_of(path);
  if (!folder) return;
  int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file >= 0) {
    fsync(file);
    close(file);
  }
  free(folder);
}

int ferm_file_commit(int file, const char *temporary, const char *path) {
  int error = fsync(file) != 0 ? errno : 0;
  /* The lock holds until the new name is there. */
  if (error == 0 && rename(temporary, path) != 0) error = errno;
  if (error != 0) {
    ferm_file_discard(file, temporary);
    return -error;
  }
  close(file);
  flush_folder(path);
  return 0;
}

void ferm_file_discard(int file, const char *temporary) {
  unlink(temporary);
  close(file);
}
