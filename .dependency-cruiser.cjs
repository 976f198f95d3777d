// Data flows one way: a directory of src/ imports only from directories before it in this list. The wings, too, stand
// in order.
const WINGS = {
  base: ['tasks', 'files', 'json-rpc', 'untyped', 'wasm', 'field', 'bn254', 'hash'],
  state: ['tree', 'batch', 'leveldb', 'hashdb', 'snapshot'],
  linea: ['suite', 'trace', 'trie', 'world', 'proof', 'store'],
  machine: ['trace', 'executor', 'circuit', 'witness', 'linea', 'planner'],
  rules: ['common', 'eddsa', 'payments', 'evm'],
  proof: ['setup', 'groth16', 'prover', 'queue', 'verifier'],
};
/** The parts of a node, which come after settlement. */
const NODE = ['sql', 'store', 'pool', 'sequencer', 'aggregator', 'rpc', 'page', 'main'];
const ORDER = [
  ...Object.entries(WINGS).flatMap(([wing, folders]) => folders.map((folder) => `${wing}/${folder}`)),
  'engine',
  'inspect',
  'server',
  'settlement',
  ...NODE.map((folder) => `node/${folder}`),
  'cli',
];

module.exports = {
  forbidden: [
    ...ORDER.slice(0, -1).map((folder, i) => ({
      name: `${folder}-imports-only-from-before`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(${ORDER.slice(i + 1).join('|')})/` },
    })),
    {
      name: 'folder-is-in-the-order',
      comment: 'a new folder of src/ has a place in ORDER',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${ORDER.join('|')})/` },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-imports-the-index',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/index' },
    },
    {
      name: 'only-the-evm-and-the-node-need-ethereumjs',
      comment: 'optional packages: no other entry, and no command, must fail or load longer for them',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(rules/evm|node)/' },
      to: { path: 'node_modules/(@ethereumjs|tiny-secp256k1)/' },
    },
    {
      name: 'only-its-entry-and-the-node-load-the-evm',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(rules/evm/|node/|evm\\.ts)' },
      to: { path: '^src/rules/evm/' },
    },
    {
      name: 'one-door-to-snarkjs',
      severity: 'error',
      from: { pathNot: '^src/base/untyped/snarkjs' },
      to: { path: 'node_modules/snarkjs' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
