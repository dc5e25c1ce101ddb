import FermToolSupport
import Glibc

openStandardDescriptors()
exit(InspectCommand.run(CommandLine.words))
