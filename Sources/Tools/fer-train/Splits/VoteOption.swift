import FermTrain

extension VoteUse {
  /// How votes teach where the user does not say.
  static let usual = VoteUse.distribution
}
