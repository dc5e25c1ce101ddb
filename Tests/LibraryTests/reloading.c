/* Loads the library, uses it and lets go of it, again and again: argv[1] is the library, argv[2] a model. Prints by how many
   bytes the program grew meanwhile. */
#include <dlfcn.h>
#include <ferm.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

static long resident(void) {
  malloc_trim(0);
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) return -1;
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static int use(char **words) {
  void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return 1;
  int (*model_open)(const char *, void **) = dlsym(library, "ferm_model_open");
  void (*model_free)(void *) = dlsym(library, "ferm_model_free");
  const char *(*metadata_text)(void *, const char *) = dlsym(library, "ferm_model_metadata_text");
  int (*session_create)(void *, int, size_t, void **) = dlsym(library, "ferm_session_create");
  int (*predict)(void *, const void *, size_t, size_t, float *, size_t) = dlsym(library, "ferm_session_predict_into");
  void (*session_free)(void *) = dlsym(library, "ferm_session_free");
  void *model, *session;
  if (model_open(words[2], &model) || session_create(model, 2, 1, &session) || !metadata_text(model, "license")) return 1;
  static uint8_t pixels[40 * 40 * 3];
  ferm_picture picture = {.image = {pixels, 40, 40, 3, 0}, .order = FERM_BGR};
  float probabilities[FERM_MAX_LABELS];
  if (predict(session, &picture, sizeof picture, 1, probabilities, FERM_MAX_LABELS)) return 1;
  session_free(session);
  model_free(model);
  return dlclose(library);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  for (int i = 0; i < 20; i++)
    if (use(words)) return 1;
  long before = resident();
  for (int i = 0; i < 400; i++)
    if (use(words)) return 1;
  printf("%ld\n", resident() - before);
  return 0;
}
