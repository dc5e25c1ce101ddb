import FermFiles
import FermToolSupport
import Glibc

openStandardDescriptors()
exit(InferCommand.run(CommandLine.rawWords))
