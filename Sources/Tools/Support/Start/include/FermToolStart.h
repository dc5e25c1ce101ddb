/* What is done before a tool's main: it sees to it that the three standard streams are there, and keeps the words of the
   command line as the system hands them to a program. Swift's CommandLine reads them from /proc, which a
   container or a chroot need not have. */
#ifndef FERM_TOOL_START_H
#define FERM_TOOL_START_H

/* How many words there are, the program's name among them. */
int ferm_word_count(void);
/* A word, which ends with NUL. */
const char *ferm_word(int place);

/* A file in memory, without a name, which is gone when it is closed and closed when another program is started; or a negative errno. */
int ferm_memory_file(void);

/* Starts this program once more with other words, the last of them NULL; it reads nothing, its standard output goes nowhere,
   and what it says goes to a descriptor. When the calling thread ends, it gets SIGTERM. Returns its number, or a negative errno. */
int ferm_start_again(char *const words[], int said);

#endif
