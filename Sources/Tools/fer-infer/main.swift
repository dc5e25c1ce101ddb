import FermToolSupport
import Glibc

exit(InferCommand.run(Array(CommandLine.arguments.dropFirst())))
