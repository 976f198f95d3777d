export { developmentSetup } from './development.js';
export { SetupError } from './error.js';
export { setupFromPtau } from './ptau.js';
export { type SetupProgress, type SetupRecord, type VerificationKey } from './record.js';
export { type SetupSecrets } from './secrets.js';
export { isDevelopmentKey } from './zkey.js';
