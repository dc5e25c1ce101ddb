import FermToolSupport
import Glibc

exit(InspectCommand.run(Array(CommandLine.arguments.dropFirst())))
