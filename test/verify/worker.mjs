import { verdicts } from './checks.mjs';

addEventListener('message', async ({ data }) => postMessage(await verdicts(data).catch((error) => error.stack)));
