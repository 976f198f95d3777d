export { developmentSetup } from './development.js';
export { isDevelopmentKey } from './development-key.js';
export { SetupError } from './error.js';
export { setupFromPtau } from './ptau.js';
export { type SetupRecord } from './record.js';
export { type VerificationKey } from '../untyped/snarkjs.js';
export { type SetupSecrets } from './secrets.js';
