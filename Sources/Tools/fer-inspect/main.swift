import FermFiles
import FermToolSupport
import Glibc

exit(InspectCommand.run(CommandLine.rawWords))
