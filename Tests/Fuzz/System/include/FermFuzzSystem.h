/* What the fuzz targets need from C: a watch over memory, and libFuzzer's own mutations. */
#ifndef FERM_FUZZ_SYSTEM_H
#define FERM_FUZZ_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* From here on memory is counted, and the program ends with a message once more than `limit` bytes live at once. */
void ferm_watch_begin(size_t limit);
/* The end of the count; returns the bytes that were taken and not given back. Always 0 under AddressSanitizer, which has
   its own counts. */
long ferm_watch_end(void);

/* libFuzzer's mutation of plain bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
