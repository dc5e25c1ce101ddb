import FermToolSupport
import Glibc

exit(TrainTool.run(Array(CommandLine.arguments.dropFirst())))
