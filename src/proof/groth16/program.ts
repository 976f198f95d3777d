/**
 * The prover in its own process, with rapidsnark's command line: ZKEY WTNS PROOF PUBLIC. So a process that dies, out of
 * memory for example, can be reported. Each line on stdout is the share of the proof that is done, from 0 to 1.
 */
import { writeFile } from 'node:fs/promises';
import { prove } from './prove.js';

const [zkey, wtns, proofFile, publicFile] = process.argv.slice(2);
if (zkey === undefined || wtns === undefined || proofFile === undefined || publicFile === undefined) {
  throw new Error('expected ZKEY WTNS PROOF PUBLIC');
}
try {
  const onProgress = (_phase: string, done: number, total: number): void =>
    void process.stdout.write(`${done / total}\n`);
  const { proof, publicSignals } = await prove(zkey, wtns, { onProgress });
  await writeFile(proofFile, JSON.stringify(proof));
  await writeFile(publicFile, JSON.stringify(publicSignals));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
