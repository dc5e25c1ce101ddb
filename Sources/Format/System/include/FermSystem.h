/* What Embedded Swift has no module for: memory, files, threads and two byte-level loops.
   Nothing here knows the .ferm format. Every function is safe to call from several threads on different objects. */
#ifndef FERM_SYSTEM_H
#define FERM_SYSTEM_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* ---- memory ---- */

/* Zeroed memory on a 64-byte boundary, or NULL when there is none. Freed by ferm_free. */
void *ferm_allocate(size_t bytes);
void ferm_free(void *memory);
/* The same, of which much goes back to the system as soon as it is given back, with the same number of bytes. */
void *ferm_take(size_t bytes);
void ferm_give(void *memory, size_t bytes);
/* The same in two steps: addresses for so many bytes, and then zeroed memory for each of their parts, 0 ..< parts, by any
   threads, so that what was had is there when it is needed. Returns 0 when the system refuses it. */
void *ferm_take_unfilled(size_t bytes);
int ferm_fill(void *memory, size_t bytes, size_t part, size_t parts);

/* ---- memory for Swift, which cannot be refused any ---- */

/* What a call falls back on; see reserve.c. Its owner keeps a pointer to it, NULL at first, in one place. */
typedef struct ferm_reserve ferm_reserve;
/* Sets bytes aside unless there are some. Returns 0 when the system refuses them. */
int ferm_reserve_prepare(ferm_reserve **place, size_t bytes);
/* The same, and from now on this thread falls back on them. Calls do not nest. */
int ferm_reserve_enter(ferm_reserve **place, size_t bytes);
/* Ends that; a reserve that was drawn on is given up. */
void ferm_reserve_leave(void);
/* Gives up a reserve; what still lies in it keeps its place. */
void ferm_reserve_drop(ferm_reserve **place);
/* A fork waits between these two until no thread is changing what reserves share. */
void ferm_reserve_before_fork(void);
void ferm_reserve_after_fork(void);
/* Whether this thread may go on to a step that asks for so many bytes at most: it has a reserve for them and did not touch it
   so far, or it has entered none. */
int ferm_reserve_require(size_t bytes);

/* What Swift calls in libferm for malloc, posix_memalign and free. */
void *ferm_swift_malloc(size_t bytes);
int ferm_swift_posix_memalign(void **memory, size_t alignment, size_t bytes);
void ferm_swift_free(void *memory);

/* ---- files ---- */

/* Opens a regular file for reading. Returns a descriptor, -errno, or FERM_NO_FILE for a pipe, socket or device. */
#define FERM_NO_FILE (-100000)
/* -errno where there is no memory. */
static const int ferm_no_memory = -ENOMEM;
int ferm_file_open(const char *path, uint64_t *size);
/* Reads exactly count bytes at offset. Returns 0, -errno, or 1 when the file ended early. */
int ferm_file_read(int file, uint64_t offset, void *into, size_t count);
void ferm_file_close(int file);
/* Creates a temporary file beside path, for writing; its name goes to temporary (capacity bytes: path's and 16 more).
   What dead programs left beside path goes first. A descriptor or -errno. */
int ferm_file_create_beside(const char *path, char *temporary, size_t capacity);
/* Appends count bytes. Returns 0 or -errno. */
int ferm_file_append(int file, const void *bytes, size_t count);
/* Flushes the file to disk, closes it and renames it to path, whole or not at all. Returns 0 or -errno. */
int ferm_file_commit(int file, const char *temporary, const char *path);
/* Closes and removes a temporary file that is not wanted. */
void ferm_file_discard(int file, const char *temporary);
/* The system's words for an errno, copied into text (capacity bytes, always terminated). */
void ferm_error_text(int error, char *text, size_t capacity);

/* ---- SHA-256 (FIPS 180-4) ---- */

typedef struct {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64];
} ferm_sha256;

void ferm_sha256_start(ferm_sha256 *hash);
void ferm_sha256_add(ferm_sha256 *hash, const void *bytes, size_t count);
void ferm_sha256_finish(ferm_sha256 *hash, uint8_t digest[32]);

/* ---- byte shuffle: one block of elements <-> its byte planes ---- */

void ferm_shuffle(const uint8_t *elements, uint8_t *planes, size_t count, size_t width);
void ferm_unshuffle(const uint8_t *planes, uint8_t *elements, size_t count, size_t width);

/* ---- a look at elements: the index of the first of its kind, or count ---- */

/* An infinity or NaN among little-endian binary32. */
size_t ferm_find_infinite32(const void *elements, size_t count);
/* Likewise among 16-bit floats, whose exponent is the bits of `exponent`. */
size_t ferm_find_infinite16(const void *elements, size_t count, uint16_t exponent);
size_t ferm_find_byte(const void *bytes, size_t count, uint8_t byte);

/* ---- elements as binary32, exactly ---- */

void ferm_widen_half(const void *elements, size_t count, float *to);
void ferm_widen_brain(const void *elements, size_t count, float *to);
/* Signed bytes times their scale. */
void ferm_widen_byte(const void *elements, size_t count, float scale, float *to);
/* Each number times a factor, in double precision and rounded once. */
void ferm_multiply(float *numbers, size_t count, double factor);

/* ---- threads ---- */

typedef struct ferm_workers ferm_workers;
typedef void (*ferm_task)(void *context, size_t index);

/* One lock for the whole program, for what is short and seldom. A fork waits until nobody has it. */
void ferm_lock(void);
void ferm_unlock(void);

/* A number that no process shares with those that it comes from by fork; never 0. */
uint64_t ferm_process(void);

/* Marks a place that one thread at a time may be in: returns 1, or 0 if another thread of this process is there.
   *word is 0 at first; ferm_leave empties the place. */
int ferm_try_enter(uint64_t *word);
void ferm_leave(uint64_t *word);

/* A lock for what some threads share, and a change of that to wait for, within the lock. NULL when there is no memory. */
typedef struct ferm_monitor ferm_monitor;
ferm_monitor *ferm_monitor_create(void);
void ferm_monitor_enter(ferm_monitor *monitor);
void ferm_monitor_leave(ferm_monitor *monitor);
void ferm_monitor_wait(ferm_monitor *monitor);
void ferm_monitor_notify(ferm_monitor *monitor);
void ferm_monitor_destroy(ferm_monitor *monitor);

/* The processors this process may use: its affinity mask, lowered to its cgroup's CPU quota. At least 1. */
int ferm_processor_count(void);
/* A pool in which `threads` threads work, the caller's among them; with 1 no thread is made. NULL when none can be. */
ferm_workers *ferm_workers_create(int threads);
/* Calls task(context, 0 ..< count), each index once, on the pool; returns when all are done. One call at a time.
   In a child that was forked from the pool's process the calling thread does all of it. */
void ferm_workers_run(ferm_workers *workers, ferm_task task, void *context, size_t count);
/* Has each of the pool's threads but the caller's call task(context, its number) once, and returns; those that come later than
   ferm_workers_end need not. No other call of the pool comes between the two. */
void ferm_workers_begin(ferm_workers *workers, ferm_task task, void *context);
/* Returns when all of these calls are done. */
void ferm_workers_end(ferm_workers *workers);
void ferm_workers_destroy(ferm_workers *workers);

#endif
