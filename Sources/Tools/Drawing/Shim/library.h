#ifndef FERM_DRAWING_LIBRARY_H
#define FERM_DRAWING_LIBRARY_H

#include "FermDrawingShim.h"

#include <cairo/cairo.h>
#include <fontconfig/fontconfig.h>

#include "pango.h"

#define CAIRO_FUNCTIONS(USE) \
  USE(cairo_image_surface_create) USE(cairo_image_surface_get_data) USE(cairo_image_surface_get_stride) \
  USE(cairo_surface_status) USE(cairo_surface_flush) \
  USE(cairo_surface_mark_dirty) USE(cairo_surface_destroy) USE(cairo_create) USE(cairo_destroy) USE(cairo_status) \
  USE(cairo_save) USE(cairo_restore) USE(cairo_identity_matrix) USE(cairo_translate) USE(cairo_rectangle) USE(cairo_set_source_rgb) USE(cairo_set_line_width) USE(cairo_set_dash) \
  USE(cairo_fill) USE(cairo_stroke) USE(cairo_clip) USE(cairo_move_to)
#define FONTCONFIG_FUNCTIONS(USE) USE(FcInit) USE(FcConfigGetFonts)
#define PANGO_FUNCTIONS(USE) \
  USE(pango_cairo_create_layout) USE(pango_cairo_show_layout) USE(pango_font_description_new) USE(pango_font_description_free) \
  USE(pango_font_description_set_family_static) USE(pango_font_description_set_weight) \
  USE(pango_font_description_set_absolute_size) USE(pango_layout_set_font_description) USE(pango_layout_set_text) \
  USE(pango_layout_set_single_paragraph_mode) USE(pango_layout_set_width) USE(pango_layout_set_ellipsize) \
  USE(pango_layout_get_pixel_size) USE(g_object_unref)

#define MEMBER(name) __typeof__(&name) name;
struct ferm_drawing {
  CAIRO_FUNCTIONS(MEMBER)
  FONTCONFIG_FUNCTIONS(MEMBER)
  PANGO_FUNCTIONS(MEMBER)
};
#undef MEMBER

#endif
