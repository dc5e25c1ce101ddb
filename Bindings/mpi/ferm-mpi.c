/* What fer-train asks of MPI: messages between two processes. scripts/mpi.sh builds it with mpicc, and fer-train loads it where a
   launcher has started several processes, and nowhere else. One thread calls all of it; what to do about a fault is the caller's
   to know. MessageLibrary.swift has the same list. */
#include <mpi.h>
#include <stddef.h>

/* A message to the other process, and one from it. */
static MPI_Request pending[2];

int ferm_mpi_begin(int *rank, int *count) {
  int given;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return code == MPI_SUCCESS ? MPI_Comm_size(MPI_COMM_WORLD, count) : code;
}

int ferm_mpi_exchange(const void *sent, int sent_bytes, void *received, int received_bytes, int other) {
  int code = MPI_Irecv(received, received_bytes, MPI_BYTE, other, 0, MPI_COMM_WORLD, &pending[0]);
  return code == MPI_SUCCESS ? MPI_Isend(sent, sent_bytes, MPI_BYTE, other, 0, MPI_COMM_WORLD, &pending[1]) : code;
}

int ferm_mpi_test(int *done) { return MPI_Testall(2, pending, done, MPI_STATUSES_IGNORE); }

/* The words of a code, at most MPI_MAX_ERROR_STRING of them with the 0 at the end, which is less than 1024. */
void ferm_mpi_explain(int code, char *text) {
  int length;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) text[0] = 0;
}

int ferm_mpi_end(void) { return MPI_Finalize(); }
