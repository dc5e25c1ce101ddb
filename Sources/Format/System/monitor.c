/* A lock, and a change of what it guards to wait for. */
#include "FermSystem.h"

#include <pthread.h>
#include <stdlib.h>

struct ferm_monitor {
  pthread_mutex_t lock;
  pthread_cond_t changed;
};

ferm_monitor *ferm_monitor_create(void) {
  ferm_monitor *monitor = calloc(1, sizeof *monitor);
  if (!monitor) return NULL;
  pthread_mutex_init(&monitor->lock, NULL);
  pthread_cond_init(&monitor->changed, NULL);
  return monitor;
}

void ferm_monitor_enter(ferm_monitor *monitor) { pthread_mutex_lock(&monitor->lock); }
void ferm_monitor_leave(ferm_monitor *monitor) { pthread_mutex_unlock(&monitor->lock); }
void ferm_monitor_wait(ferm_monitor *monitor) { pthread_cond_wait(&monitor->changed, &monitor->lock); }
void ferm_monitor_notify(ferm_monitor *monitor) { pthread_cond_broadcast(&monitor->changed); }

void ferm_monitor_destroy(ferm_monitor *monitor) {
  pthread_cond_destroy(&monitor->changed);
  pthread_mutex_destroy(&monitor->lock);
  free(monitor);
}
