import FermToolSupport
import Glibc

exit(TrainTool.run { () throws(UsageError) in try CommandLine.words })
