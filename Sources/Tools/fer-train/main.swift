import FermToolSupport
import Glibc

openStandardDescriptors()
exit(TrainTool.run(CommandLine.words))
