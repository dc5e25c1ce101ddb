/* Whole pages of memory, for the other files of this folder. */
#ifndef FERM_PAGES_H
#define FERM_PAGES_H

#include <stddef.h>

/* So many bytes in whole pages. */
size_t ferm_whole_pages(size_t bytes);
/* Zeroed pages of this size, or NULL. */
void *ferm_pages_map(size_t size);
/* The same pages in another size, perhaps elsewhere; NULL where that cannot be, and then they stay as they are. */
void *ferm_pages_resize(void *pages, size_t size, size_t new_size);
/* Gives all but the first `kept` bytes back, where the system takes parts; the size that is left. */
size_t ferm_pages_shrink(void *pages, size_t size, size_t kept);
void ferm_pages_unmap(void *pages, size_t size);

#endif
