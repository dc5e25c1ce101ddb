/// The version that every tool prints and that models name as their maker's.
public let toolVersion = "0.1.0"
