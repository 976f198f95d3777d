import type { CircuitName } from './catalogue.js';
import type { CircuitManifest } from './compile.js';

/** What circuits/pins.json has; `npm run circuits:pin` writes both. */
export const PINNED: Readonly<Partial<Record<CircuitName, CircuitManifest>>> = {
  s14: {
    constraints: 11669,
    wires: 11669,
    digest: 'e94fee29f8cfd25e71251a4194d6d0f60096c69ee926d522444fff7504928b87',
    compiler: 'circom2 0.2.23 --O2',
  },
  s16: {
    constraints: 62251,
    wires: 62292,
    digest: '83616d5cc22fbe237d87e80f6f61163ce2cba2cb55df983994693789eb89ca92',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18: {
    constraints: 255915,
    wires: 256512,
    digest: 'e65d9b40011a073149341b7761eeeafaaa6f061799b4519f03ff1daff4666e52',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18t: {
    constraints: 261623,
    wires: 262291,
    digest: 'ebb21086a7c17019b765edf9abf469d6ebf33bf64daa70a482fd79a011dcbde0',
    compiler: 'circom2 0.2.23 --O2',
  },
  s20: {
    constraints: 1038995,
    wires: 1041765,
    digest: '7c8e50628184e57fc3fa2d41c5fa290d0a167c241bc99533360c1be6f71a35b0',
    compiler: 'circom2 0.2.23 --O2',
  },
  s21: {
    constraints: 2083771,
    wires: 2090282,
    digest: 'ba011c177d36e62e40f0846977ffa04c0c1c87650894cea93d0c0a1ca741af9f',
    compiler: 'circom2 0.2.23 --O2',
  },
  s22: {
    constraints: 4191350,
    wires: 4204629,
    digest: '4bc5a177fa88732eb00afb43d4700f1ee5f671e84ab9d029cd53f417ca6db21d',
    compiler: 'circom2 0.2.23 --O2',
  },
  deep: {
    constraints: 247364,
    wires: 246234,
    digest: 'b4a0ae97e0561dd1681117ba21810752f7c066c88ef93542b0f9bea16a05d74c',
    compiler: 'circom2 0.2.23 --O2',
  },
  s14b: {
    constraints: 14896,
    wires: 14870,
    digest: '31f14ff6783894ec80fdb195c954c4a4c237826abfe308a43b046098d5ff47eb',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18b: {
    constraints: 251310,
    wires: 251161,
    digest: '63a28fac6823771bd2bf26eb41fa5222263e63ae99d699aa68df750e1c07ab35',
    compiler: 'circom2 0.2.23 --O2',
  },
  deepb: {
    constraints: 386627,
    wires: 384348,
    digest: 'd3f3fe00cc91df1aa14c3c5cd508fe527e6066e578ef9f56aed52407a1e0f84b',
    compiler: 'circom2 0.2.23 --O2',
  },
};
