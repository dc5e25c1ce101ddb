/* Sums and products of maps of one shape, whose operands may still have to be normalised. One piece of work is a plane,
   or some small ones. */

typedef struct { const float *x; vec scale, shift; } operand_plane;

INLINE operand_plane operand_of(const ferm_operand *o, size_t place, int channel) {
  return (operand_plane){o->x + place, load(o->scale + channel), load(o->shift + channel)};
}

INLINE vec operand_at(const operand_plane *o, size_t i) { return multiply_add(load(o->x + i), o->scale, o->shift); }

INLINE void combined_plane(const ferm_combination *c, long plane, const int multiplies, const int kind, const int streams) {
  size_t count = (size_t)c->pixels * LANES, place = (size_t)plane * count;
  int channel = (int)(plane % c->blocks) * LANES;
  operand_plane a = operand_of(&c->a, place, channel), b = operand_of(&c->b, place, channel);
  float *y = c->y + place, low = c->activation.low, high = c->activation.high;
  int_vec used = used_lanes(c->channels - channel);
  for (size_t i = 0; i < count; i += LANES) {
    vec left = operand_at(&a, i), right = operand_at(&b, i);
    vec result = multiplies ? left * right : activated(kind, low, high, used, left + right);
    if (streams) stream(y + i, result);
    else store(y + i, result);
  }
}

static void NAME(combine)(ferm_combination *c, size_t part) {
  (void)part;
  FOR_PLANES(plane, &c->next, (long)c->images * c->blocks, c->pixels) {
#define COMBINED(multiplies, kind)                                            \
  do {                                                                        \
    if (c->stream) combined_plane(c, plane, multiplies, kind, 1);             \
    else combined_plane(c, plane, multiplies, kind, 0);                       \
  } while (0)
    if (c->multiplies) COMBINED(1, FERM_NO_ACTIVATION);
    else if (c->activation.kind == FERM_RELU) COMBINED(0, FERM_RELU);
    else if (c->activation.kind == FERM_CLIP) COMBINED(0, FERM_CLIP);
    else COMBINED(0, FERM_NO_ACTIVATION);
#undef COMBINED
  }
}
