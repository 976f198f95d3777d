// Made by npm run contracts:build from contracts/*.sol.

/** Of contracts/StateProofs.sol. @see {@link stateProofCalldata} */
export const STATE_PROOFS_ABI = [
  {"inputs":[{"name":"siblings","type":"uint256"}],"name":"MalformedPath","type":"error"},
  {"inputs":[],"name":"NotCanonical","type":"error"},
  {"inputs":[],"name":"NotOtherLeaf","type":"error"},
  {"inputs":[{"name":"expected","type":"uint256"},{"name":"computed","type":"uint256"}],"name":"OtherRoot","type":"error"},
  {"inputs":[],"name":"PresentBesideOtherLeaf","type":"error"},
  {"inputs":[{"name":"index","type":"uint256"}],"name":"SiblingOutOfRange","type":"error"},
  {"inputs":[{"name":"kind","type":"uint8"}],"name":"UnknownKind","type":"error"},
  {"inputs":[{"name":"bitsPerLevel","type":"uint8"}],"name":"UnknownTree","type":"error"},
  {"inputs":[{"name":"root","type":"uint256"},{"components":[{"name":"kind","type":"uint8"},{"name":"account","type":"address"},{"name":"slot","type":"uint256"}],"name":"entry","type":"tuple"},{"name":"value","type":"uint256"},{"components":[{"name":"bitsPerLevel","type":"uint8"},{"name":"siblings","type":"uint256[]"},{"name":"otherLeaf","type":"bool"},{"name":"otherKey","type":"uint256"},{"name":"otherValue","type":"uint256"}],"name":"path","type":"tuple"}],"name":"requireValue","outputs":[],"stateMutability":"pure","type":"function"},
] as const;
