#include "FermKernels.h"

#pragma STDC FP_CONTRACT OFF

void ferm_max_pool(const float *input, size_t stride, float *output, size_t out_stride, int blocks, int lanes,
                   size_t first, size_t last, int height, int width, int out_height, int out_width,
                   ferm_window w) {
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * stride + block * (size_t)(height * width * lanes);
    float *to = output + image * out_stride + block * (size_t)(out_height * out_width * lanes);
    for (int oy = 0; oy < out_height; oy++)
      for (int ox = 0; ox < out_width; ox++, to += lanes) {
        int y0 = oy * w.step[0] - w.pad[0], x0 = ox * w.step[1] - w.pad[1];
        int y1 = y0 + w.window[0] < height ? y0 + w.window[0] : height;
        int x1 = x0 + w.window[1] < width ? x0 + w.window[1] : width;
        if (y0 < 0) y0 = 0;
        if (x0 < 0) x0 = 0;
        for (int lane = 0; lane < lanes; lane++) to[lane] = from[(y0 * width + x0) * lanes + lane];
        for (int y = y0; y < y1; y++)
          for (int x = x0; x < x1; x++) {
            const float *pixel = from + (y * width + x) * lanes;
            for (int lane = 0; lane < lanes; lane++) to[lane] = to[lane] > pixel[lane] ? to[lane] : pixel[lane];
          }
      }
  }
}

void ferm_average_pool(const float *input, size_t stride, float *output, size_t out_stride, int blocks, int lanes,
                       size_t first, size_t last, int height, int width, int out_height, int out_width) {
  for (size_t plane = first; plane < last; plane++) {
    size_t image = plane / (size_t)blocks, block = plane % (size_t)blocks;
    const float *from = input + image * stride + block * (size_t)(height * width * lanes);
    float *to = output + image * out_stride + block * (size_t)(out_height * out_width * lanes);
    for (int oy = 0; oy < out_height; oy++)
      for (int ox = 0; ox < out_width; ox++, to += lanes) {
        int y0 = oy * height / out_height, y1 = ((oy + 1) * height + out_height - 1) / out_height;
        int x0 = ox * width / out_width, x1 = ((ox + 1) * width + out_width - 1) / out_width;
        for (int lane = 0; lane < lanes; lane++) to[lane] = 0;
        for (int y = y0; y < y1; y++)
          for (int x = x0; x < x1; x++)
            for (int lane = 0; lane < lanes; lane++) to[lane] += from[(y * width + x) * lanes + lane];
        for (int lane = 0; lane < lanes; lane++) to[lane] /= (float)((y1 - y0) * (x1 - x0));
      }
  }
}

void ferm_relu(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

void ferm_affine(const float *input, float *output, int blocks, int lanes, int pixels, const float *scale,
                 const float *shift) {
  for (int block = 0; block < blocks; block++, scale += lanes, shift += lanes)
    for (int pixel = 0; pixel < pixels; pixel++, input += lanes, output += lanes)
      for (int lane = 0; lane < lanes; lane++) output[lane] = input[lane] * scale[lane] + shift[lane];
}

void ferm_pack_blocks(const float *planar, float *blocked, int channels, int lanes, int pixels) {
  for (int first = 0; first < channels; first += lanes, blocked += lanes * pixels)
    for (int lane = 0; lane < lanes; lane++)
      for (int pixel = 0; pixel < pixels; pixel++)
        blocked[pixel * lanes + lane] = first + lane < channels ? planar[(first + lane) * pixels + pixel] : 0;
}

void ferm_unpack_blocks(const float *blocked, float *planar, int channels, int lanes, int pixels) {
  for (int channel = 0; channel < channels; channel++) {
    const float *from = blocked + channel / lanes * lanes * pixels + channel % lanes;
    for (int pixel = 0; pixel < pixels; pixel++) *planar++ = from[pixel * lanes];
  }
}
