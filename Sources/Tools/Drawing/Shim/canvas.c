#include "library.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ferm_canvas {
  const ferm_drawing *library;
  cairo_surface_t *surface;
  cairo_t *cairo;
};

ferm_canvas *ferm_canvas_open(const ferm_drawing *library, int width, int height) {
  ferm_canvas *self = malloc(sizeof *self);
  if (!self) return NULL;
  self->library = library;
  self->surface = library->cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  self->cairo = library->cairo_create(self->surface);
  if (library->cairo_surface_status(self->surface) == CAIRO_STATUS_SUCCESS) return self;
  ferm_canvas_close(self);
  return NULL;
}

void ferm_canvas_close(ferm_canvas *self) {
  self->library->cairo_destroy(self->cairo);
  self->library->cairo_surface_destroy(self->surface);
  free(self);
}

void ferm_canvas_origin(ferm_canvas *self, double x, double y) {
  self->library->cairo_identity_matrix(self->cairo);
  self->library->cairo_translate(self->cairo, -x, -y);
}

/* A pixel of cairo's RGB24 is a number of 32 bits, whatever the processor's order of bytes. */
void ferm_canvas_put(
  ferm_canvas *self, const uint8_t *pixels, size_t stride, int channels, int left, int top, int width, int height) {
  self->library->cairo_surface_flush(self->surface);
  uint8_t *data = self->library->cairo_image_surface_get_data(self->surface);
  size_t step = (size_t)self->library->cairo_image_surface_get_stride(self->surface);
  int second = channels == 3 ? 1 : 0, third = channels == 3 ? 2 : 0;
  for (int y = 0; y < height; y++) {
    const uint8_t *from = pixels + (size_t)y * stride;
    uint32_t *row = (uint32_t *)(data + (size_t)(top + y) * step) + left;
    for (int x = 0; x < width; x++, from += channels)
      row[x] = (uint32_t)from[0] << 16 | (uint32_t)from[second] << 8 | from[third];
  }
  self->library->cairo_surface_mark_dirty(self->surface);
}

int ferm_canvas_get(ferm_canvas *self, uint8_t *pixels, size_t stride, int width, int height) {
  self->library->cairo_surface_flush(self->surface);
  const uint8_t *data = self->library->cairo_image_surface_get_data(self->surface);
  size_t step = (size_t)self->library->cairo_image_surface_get_stride(self->surface);
  for (int y = 0; y < height; y++) {
    const uint32_t *row = (const uint32_t *)(data + (size_t)y * step);
    uint8_t *into = pixels + (size_t)y * stride;
    for (int x = 0; x < width; x++, into += 3) {
      into[0] = (uint8_t)(row[x] >> 16);
      into[1] = (uint8_t)(row[x] >> 8);
      into[2] = (uint8_t)row[x];
    }
  }
  return self->library->cairo_status(self->cairo) == CAIRO_STATUS_SUCCESS;
}

static void set_ink(ferm_canvas *self, ferm_ink ink) {
  self->library->cairo_set_source_rgb(self->cairo, ink.red, ink.green, ink.blue);
}

void ferm_canvas_fill(ferm_canvas *self, ferm_rectangle r, ferm_ink ink) {
  self->library->cairo_rectangle(self->cairo, r.x, r.y, r.width, r.height);
  set_ink(self, ink);
  self->library->cairo_fill(self->cairo);
}

void ferm_canvas_stroke(ferm_canvas *self, ferm_rectangle r, double line, double dash, ferm_ink ink) {
  const ferm_drawing *library = self->library;
  library->cairo_rectangle(self->cairo, r.x, r.y, r.width, r.height);
  set_ink(self, ink);
  library->cairo_set_line_width(self->cairo, line);
  library->cairo_set_dash(self->cairo, &dash, dash > 0 ? 1 : 0, 0);
  library->cairo_stroke(self->cairo);
}

/* A line of text, cut to `most` pixels unless that is negative. */
static PangoLayout *layout(ferm_canvas *self, const char *text, ferm_lettering lettering, double most) {
  const ferm_drawing *library = self->library;
  PangoLayout *layout = library->pango_cairo_create_layout(self->cairo);
  PangoFontDescription *font = library->pango_font_description_new();
  library->pango_font_description_set_family_static(font, "DejaVu Sans, sans");
  library->pango_font_description_set_absolute_size(font, lettering.size * PANGO_SCALE);
  if (lettering.bold) library->pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
  library->pango_layout_set_font_description(layout, font);
  library->pango_font_description_free(font);
  library->pango_layout_set_single_paragraph_mode(layout, 1);
  library->pango_layout_set_text(layout, text, (int)strlen(text));
  if (most < 0) return layout;
  int width;
  library->pango_layout_get_pixel_size(layout, &width, NULL);
  if (width <= most) return layout;
  library->pango_layout_set_width(layout, (int)(most * PANGO_SCALE));
  library->pango_layout_set_ellipsize(layout, lettering.cuts_middle ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  return layout;
}

void ferm_canvas_measure(
  ferm_canvas *self, const char *text, ferm_lettering lettering, double most, double *width, double *height) {
  PangoLayout *line = layout(self, text, lettering, most);
  int across, down;
  self->library->pango_layout_get_pixel_size(line, &across, &down);
  *width = across;
  *height = down;
  self->library->g_object_unref(line);
}

void ferm_canvas_write(
  ferm_canvas *self, const char *text, ferm_lettering lettering, ferm_rectangle place, ferm_ink ink) {
  const ferm_drawing *library = self->library;
  PangoLayout *line = layout(self, text, lettering, place.width);
  int across, down;
  library->pango_layout_get_pixel_size(line, &across, &down);
  library->cairo_save(self->cairo);
  /* Marks may be piled up far above and below their letters. */
  library->cairo_rectangle(self->cairo, place.x, place.y, place.width, place.height);
  library->cairo_clip(self->cairo);
  set_ink(self, ink);
  library->cairo_move_to(self->cairo, place.x, place.y + floor((place.height - down) / 2));
  library->pango_cairo_show_layout(self->cairo, line);
  library->cairo_restore(self->cairo);
  library->g_object_unref(line);
}
