/* What fer-train asks of MPI: messages between two processes. scripts/mpi.sh builds it with mpicc, and fer-train loads it where a
   launcher has started several processes, and nowhere else. One thread calls all of it; what to do about a fault is the caller's
   to know. MessageLibrary.swift has the same list. */
#include <mpi.h>
#include <stddef.h>

/* Messages go in pieces that MPIs send over TCP at once. A larger one waits for the receiver's word, which in an exchange lies behind
   the receiver's own data: the two ways would take turns. */
enum { PIECE = 32768, MOST = 256 };

/* Pieces to the other process, and from it. */
static MPI_Request pending[2 * MOST];
static int pieces;

int ferm_mpi_begin(int *rank, int *count) {
  int given;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return code == MPI_SUCCESS ? MPI_Comm_size(MPI_COMM_WORLD, count) : code;
}

static int piece(int left) { return left < PIECE ? left : PIECE; }

/* Begins an exchange of MOST * PIECE bytes each way at most: 8 MiB, which MessageTransport.swift keeps to. */
int ferm_mpi_exchange(const void *sent, int sent_bytes, void *received, int received_bytes, int other) {
  int code = MPI_SUCCESS;
  if (sent_bytes > MOST * PIECE || received_bytes > MOST * PIECE) return MPI_ERR_COUNT;
  pieces = 0;
  for (int at = 0; at < received_bytes && code == MPI_SUCCESS; at += PIECE)
    code = MPI_Irecv((char *)received + at, piece(received_bytes - at), MPI_BYTE, other, 0, MPI_COMM_WORLD, &pending[pieces++]);
  for (int at = 0; at < sent_bytes && code == MPI_SUCCESS; at += PIECE)
    code = MPI_Isend((const char *)sent + at, piece(sent_bytes - at), MPI_BYTE, other, 0, MPI_COMM_WORLD, &pending[pieces++]);
  return code;
}

int ferm_mpi_test(int *done) { return MPI_Testall(pieces, pending, done, MPI_STATUSES_IGNORE); }

/* The words of a code, at most MPI_MAX_ERROR_STRING of them with the 0 at the end, which is less than 1024. */
void ferm_mpi_explain(int code, char *text) {
  int length;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) text[0] = 0;
}

int ferm_mpi_end(void) { return MPI_Finalize(); }
