/* The few functions of Pango and GObject that are used. Their own headers take folders to search which a package's manifest
   cannot name without building in their libraries, too; none of these has changed since 2008. */
#ifndef FERM_DRAWING_PANGO_H
#define FERM_DRAWING_PANGO_H

#include <cairo/cairo.h>

typedef struct PangoLayout PangoLayout;
typedef struct PangoFontDescription PangoFontDescription;

enum { PANGO_SCALE = 1024, PANGO_WEIGHT_BOLD = 700, PANGO_ELLIPSIZE_MIDDLE = 2, PANGO_ELLIPSIZE_END = 3 };

PangoLayout *pango_cairo_create_layout(cairo_t *cairo);
void pango_cairo_show_layout(cairo_t *cairo, PangoLayout *layout);
PangoFontDescription *pango_font_description_new(void);
void pango_font_description_free(PangoFontDescription *description);
void pango_font_description_set_family_static(PangoFontDescription *description, const char *family);
void pango_font_description_set_weight(PangoFontDescription *description, int weight);
void pango_font_description_set_absolute_size(PangoFontDescription *description, double size);
void pango_layout_set_font_description(PangoLayout *layout, const PangoFontDescription *description);
void pango_layout_set_text(PangoLayout *layout, const char *text, int length);
void pango_layout_set_single_paragraph_mode(PangoLayout *layout, int setting);
void pango_layout_set_width(PangoLayout *layout, int width);
void pango_layout_set_ellipsize(PangoLayout *layout, int ellipsize);
void pango_layout_get_pixel_size(PangoLayout *layout, int *width, int *height);
void g_object_unref(void *object);

#endif
