import FermToolSupport
import Glibc

exit(InspectCommand.run(CommandLine.words))
