import FermToolSupport
import Glibc

exit(TrainTool.run(CommandLine.words))
