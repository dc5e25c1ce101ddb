/* The part of POSIX threads that this folder's other files and CFerm name, where there is one thread: no lock is ever held by
   another, nothing is waited for, and no thread or process ends before the module does. */
#ifndef FERM_WEB_PTHREAD_H
#define FERM_WEB_PTHREAD_H

typedef char pthread_mutex_t, pthread_cond_t, pthread_once_t, pthread_key_t;
#define PTHREAD_MUTEX_INITIALIZER 0
#define PTHREAD_ONCE_INIT 0

static inline int pthread_mutex_init(pthread_mutex_t *mutex, const void *attributes) { return 0; }
static inline int pthread_mutex_lock(pthread_mutex_t *mutex) { return 0; }
static inline int pthread_mutex_unlock(pthread_mutex_t *mutex) { return 0; }
static inline int pthread_mutex_destroy(pthread_mutex_t *mutex) { return 0; }

static inline int pthread_cond_init(pthread_cond_t *condition, const void *attributes) { return 0; }
/* With one thread nobody could end a wait; whoever asks for one is wrong, and stops. */
static inline int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) { __builtin_trap(); }
static inline int pthread_cond_broadcast(pthread_cond_t *condition) { return 0; }
static inline int pthread_cond_destroy(pthread_cond_t *condition) { return 0; }

static inline int pthread_once(pthread_once_t *once, void (*first)(void)) {
  if (!*once) first();
  *once = 1;
  return 0;
}

static inline int pthread_key_create(pthread_key_t *key, void (*end)(void *)) { return 0; }
static inline int pthread_setspecific(pthread_key_t key, const void *value) { return 0; }
static inline int pthread_atfork(void (*before)(void), void (*after)(void), void (*in_child)(void)) { return 0; }

#endif
