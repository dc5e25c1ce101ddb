/* The version, which VERSION at the top of the checkout names; Tests/LibraryTests compares them. */
#include "ferm.h"

const char *ferm_version(void) { return FERM_VERSION; }
