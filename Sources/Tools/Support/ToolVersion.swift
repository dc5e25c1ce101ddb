internal import CFerm

/// The version that every tool prints and that models name as their maker's: the library's.
public let toolVersion = FERM_VERSION
