/* Shapes and words by cairo and Pango, which are loaded when something is first drawn: a program starts without them and as fast.
   A canvas belongs to one thread at a time; canvases share nothing but the libraries. */
#ifndef FERM_DRAWING_SHIM_H
#define FERM_DRAWING_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct ferm_drawing ferm_drawing;
typedef struct ferm_canvas ferm_canvas;

/* The loader's words, always terminated. */
typedef struct {
  char text[200];
} ferm_drawing_failure;

enum { FERM_DRAWING_LOADED, FERM_DRAWING_NO_LIBRARY, FERM_DRAWING_NO_FONT, FERM_DRAWING_NO_MEMORY };

/* Loads the libraries and finds their functions. They stay loaded when the handle is freed: GLib cannot be unloaded. */
int ferm_drawing_load(
  const char *cairo, const char *fontconfig, const char *pango, ferm_drawing **library, ferm_drawing_failure *failure);
void ferm_drawing_free(ferm_drawing *library);

/* Black, and no side longer than 32,767; NULL without memory. The library must outlive it. */
ferm_canvas *ferm_canvas_open(const ferm_drawing *library, int width, int height);
void ferm_canvas_close(ferm_canvas *canvas);

/* What is drawn from here on lies (x, y) further to the left and up. */
void ferm_canvas_origin(ferm_canvas *canvas, double x, double y);

/* A part of a picture, which has `stride` bytes a row, to the canvas and back as RGB, whatever the origin; put takes 1 (grey) or
   3 bytes a pixel. get says whether everything could be drawn. */
void ferm_canvas_put(
  ferm_canvas *canvas, const uint8_t *pixels, size_t stride, int channels, int x, int y, int width, int height);
int ferm_canvas_get(ferm_canvas *canvas, uint8_t *pixels, size_t stride, int width, int height);

typedef struct {
  double x, y, width, height;
} ferm_rectangle;

/* 0 to 1 */
typedef struct {
  double red, green, blue;
} ferm_ink;

/* dash: length of dashes and gaps, 0 for a whole line. */
void ferm_canvas_fill(ferm_canvas *canvas, ferm_rectangle rectangle, ferm_ink ink);
void ferm_canvas_stroke(ferm_canvas *canvas, ferm_rectangle rectangle, double line, double dash, ferm_ink ink);

typedef struct {
  double size; /* of the font, in pixels */
  int bold;
  int cuts_middle; /* where an ellipsis goes into what is too long: the middle, else the end */
} ferm_lettering;

/* Size of a line of UTF-8 text that is cut to `most` pixels, or not cut if that is negative. */
void ferm_canvas_measure(
  ferm_canvas *canvas, const char *text, ferm_lettering lettering, double most, double *width, double *height);
/* The line, cut to the rectangle's width, in the middle of its height; from the left, whatever way it is read. */
void ferm_canvas_write(
  ferm_canvas *canvas, const char *text, ferm_lettering lettering, ferm_rectangle place, ferm_ink ink);

#endif
