import FermFiles
import FermToolSupport
import Glibc

exit(InferCommand.run(CommandLine.rawWords))
