internal import Glibc

/// Gives a program that was started without standard input, output or error an empty one: else the next file that it opens
/// would take that place, and what is said to people would be written into it.
public func openStandardDescriptors() {
  for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
    // The lowest free number is this one.
    _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
  }
}
