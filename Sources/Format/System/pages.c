#define _GNU_SOURCE
#include "pages.h"

#include <sys/mman.h>
#include <unistd.h>

size_t ferm_whole_pages(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (bytes + page - 1) / page * page;
}

void *ferm_pages_map(size_t size) {
  void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

void *ferm_pages_resize(void *pages, size_t size, size_t new_size) {
  void *resized = mremap(pages, size, new_size, MREMAP_MAYMOVE);
  return resized == MAP_FAILED ? NULL : resized;
}

size_t ferm_pages_shrink(void *pages, size_t size, size_t kept) {
  return kept < size && munmap((char *)pages + kept, size - kept) == 0 ? kept : size;
}

void ferm_pages_unmap(void *pages, size_t size) { munmap(pages, size); }
