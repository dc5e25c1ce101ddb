/* Opens the model argv[1] with argv[2] threads, and prints how many bytes more were in memory meanwhile than are at the end. */
#include <ferm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long status_of(const char *name) {
  char line[256];
  long kilobytes = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0) kilobytes = atol(line + strlen(name) + 1);
  if (file) fclose(file);
  return kilobytes;
}

int main(int count, char **words) {
  ferm_model *model;
  ferm_model_options options = FERM_MODEL_OPTIONS_INIT;
  if (count != 3) return 2;
  options.threads = (size_t)atol(words[2]);
  if (ferm_model_open_with(words[1], &options, &model)) {
    fprintf(stderr, "%s\n", ferm_last_error());
    return 1;
  }
  printf("%ld\n", 1024 * (status_of("VmHWM") - status_of("VmRSS")));
  return 0;
}
