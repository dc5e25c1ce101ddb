/* Activations of maps, and their slopes. `kind` is a constant wherever it is asked for, so that loops over pixels have no branch. */

#define FOR_ACTIVATION(kind, CALL)                      \
  switch (kind) {                                       \
    case FERM_RELU: CALL(FERM_RELU); break;             \
    case FERM_CLIP: CALL(FERM_CLIP); break;             \
    case FERM_SILU: CALL(FERM_SILU); break;             \
    case FERM_HARD_SWISH: CALL(FERM_HARD_SWISH); break; \
    case FERM_SIGMOID: CALL(FERM_SIGMOID); break;       \
    default: CALL(FERM_NO_ACTIVATION);                  \
  }

/* Which lanes of a block hold channels, of which `count` are left. */
INLINE int_vec used_lanes(int count) {
  int_vec used;
  UNROLLED for (int lane = 0; lane < LANES; lane++) used[lane] = lane < count ? -1 : 0;
  return used;
}

/* Lanes that hold no channel stay zero, whatever becomes of a zero. */
INLINE vec activated(const int kind, float low, float high, int_vec used, vec z) {
  switch (kind) {
    case FERM_RELU: return rectified(z);
    case FERM_CLIP: return used ? clipped(z, low, high) : (vec)0.0f;
    case FERM_SILU: return logistic(z, 1);
    case FERM_HARD_SWISH: return z * (clipped(z + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f));
    case FERM_SIGMOID: return used ? logistic(z, 0) : (vec)0.0f;
    default: return z;
  }
}

/* What the activation of z lets through of the gradient dy. */
INLINE vec passed(const int kind, float low, float high, vec z, vec dy) {
  switch (kind) {
    case FERM_RELU: return z > 0.0f ? dy : (vec)0.0f;
    case FERM_CLIP: return ((z > low) & (z < high)) ? dy : (vec)0.0f;
    case FERM_SILU: {
      vec s = logistic(z, 0);
      return dy * s * (1.0f + z * (1.0f - s));
    }
    case FERM_HARD_SWISH: {
      vec slope = z > 3.0f ? splat(1.0f) : z * (1.0f / 3.0f) + 0.5f;
      return z < -3.0f ? (vec)0.0f : dy * slope;
    }
    case FERM_SIGMOID: {
      vec s = logistic(z, 0);
      return dy * s * (1.0f - s);
    }
    default: return dy;
  }
}
