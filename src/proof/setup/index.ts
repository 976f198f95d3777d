export {
  type Ceremony,
  acceptKey,
  beginCeremony,
  closeCeremony,
  ContributionError,
  openCeremony,
  refuseBegun,
  TRANSCRIPT_NAME,
} from './ceremony.js';
export { type NumberedContribution, contributeToKey } from './contribute.js';
export { type Contribution, type Contributions, readContributions } from './contributions.js';
export { developmentSetup } from './development.js';
export { SetupError, UnlistedPtauError } from './error.js';
export { type SetupEstimate, type OnEstimate } from './estimate.js';
export { neededPower } from './domain.js';
export { checkPtau } from './ptau.js';
export { findPtau } from './ptau-folder.js';
export { type SetupRecord } from './record.js';
export { type SetupSecrets } from './secrets.js';
export {
  type Transcript,
  formatTranscript,
  missingFrom,
  parseTranscript,
  requireFinished,
  TRANSCRIPT_FORMAT,
  TRANSCRIPT_VERSION,
  transcriptHash,
  TranscriptFileError,
} from './transcript.js';
export { type VerificationKey } from '../../base/untyped/snarkjs.js';
export { verificationKeyHash } from './verification-key.js';
export { type CeremonyCircuit, type KeyVerdict, verifyKey } from './verify.js';
export { hasVerificationKey } from './verifying-points.js';
