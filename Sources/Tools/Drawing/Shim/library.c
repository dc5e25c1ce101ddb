#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void *opened(const char *name, ferm_drawing_failure *failure) {
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!handle) snprintf(failure->text, sizeof failure->text, "%s", dlerror());
  return handle;
}

static int find(void *handle, const char *name, void **function, ferm_drawing_failure *failure) {
  *function = dlsym(handle, name);
  if (!*function) snprintf(failure->text, sizeof failure->text, "%s", dlerror());
  return *function != NULL;
}

int ferm_drawing_load(
  const char *cairo, const char *fontconfig, const char *pango, ferm_drawing **library, ferm_drawing_failure *failure) {
  void *cairos = opened(cairo, failure), *fonts = cairos ? opened(fontconfig, failure) : NULL,
       *pangos = fonts ? opened(pango, failure) : NULL;
  if (!pangos) return FERM_DRAWING_NO_LIBRARY;
  ferm_drawing *self = malloc(sizeof *self);
  if (!self) return FERM_DRAWING_NO_MEMORY;
  /* POSIX has it that a function's address survives in a void pointer. A handle finds what its library needs, too: GObject's. */
#define FIND_IN(handle, name) find(handle, #name, (void **)&self->name, failure) &&
#define CAIRO(name) FIND_IN(cairos, name)
#define FONTCONFIG(name) FIND_IN(fonts, name)
#define PANGO(name) FIND_IN(pangos, name)
  int status = CAIRO_FUNCTIONS(CAIRO) FONTCONFIG_FUNCTIONS(FONTCONFIG) PANGO_FUNCTIONS(PANGO) 1
                 ? FERM_DRAWING_LOADED
                 : FERM_DRAWING_NO_LIBRARY;
  if (status == FERM_DRAWING_LOADED) {
    /* Pango ends the program where there is no font at all. */
    FcFontSet *set = self->FcInit() ? self->FcConfigGetFonts(NULL, FcSetSystem) : NULL;
    if (!set || set->nfont == 0) status = FERM_DRAWING_NO_FONT;
  }
  if (status == FERM_DRAWING_LOADED) {
    *library = self;
  } else {
    free(self);
  }
  return status;
}

void ferm_drawing_free(ferm_drawing *library) { free(library); }
