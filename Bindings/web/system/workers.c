/* A pool where there is one thread: the caller does all of the work. */
#include "FermSystem.h"

#include <stdlib.h>

struct ferm_workers {
  char unused;
};

int ferm_processor_count(void) { return 1; }
/* More threads than one cannot be had, and are not needed for any result. */
ferm_workers *ferm_workers_create(int threads) { return malloc(sizeof(ferm_workers)); }

void ferm_workers_run(ferm_workers *workers, ferm_task task, void *context, size_t count) {
  for (size_t index = 0; index < count; index++) task(context, index);
}

void ferm_workers_begin(ferm_workers *workers, ferm_task task, void *context) {}
void ferm_workers_end(ferm_workers *workers) {}
void ferm_workers_destroy(ferm_workers *workers) { free(workers); }
