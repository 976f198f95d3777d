import type { CircuitManifest } from './compile.js';

/** What circuits/pins.json has; `npm run circuits:pin` writes both. */
export const PINNED: Readonly<Partial<Record<string, CircuitManifest>>> = {
  s14: {
    constraints: 10193,
    wires: 10190,
    digest: 'b4490a6b8f7f9f891000a5e6a5b6168658b73f3ab54bac4774e1f7e0add8ed7e',
    compiler: 'circom2 0.2.23 --O2',
  },
  s16: {
    constraints: 64183,
    wires: 64294,
    digest: 'd27f924cb303c3ca6d8969ea66e231b45dd9da57059b5be6b7868665bf34b109',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18: {
    constraints: 258983,
    wires: 259679,
    digest: 'd161cd048e9e269ceabef985bc6de5b68f577708c269e2f6063a72617c7cea60',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18t: {
    constraints: 258772,
    wires: 259499,
    digest: '8259246804c00080dadda2b62702a9bd46e7f780960b1056af81dfcf4393daa6',
    compiler: 'circom2 0.2.23 --O2',
  },
  s20: {
    constraints: 1038368,
    wires: 1041315,
    digest: '57dfbd1c84e568201415444904a7848127b61238334a55ee95b310cb66e6f54a',
    compiler: 'circom2 0.2.23 --O2',
  },
  s21: {
    constraints: 2083334,
    wires: 2090242,
    digest: '34a604accf09086ceb980cefdd8f73043129323634edd1e97cc9f1d1baddc1be',
    compiler: 'circom2 0.2.23 --O2',
  },
  s22: {
    constraints: 3118573,
    wires: 3128770,
    digest: 'cb1147dd552bcc10747a6edfdf47d9d274cbe77b53cc2e3b34aa7a6221689260',
    compiler: 'circom2 0.2.23 --O2',
  },
  s20p: {
    constraints: 1044369,
    wires: 1047082,
    digest: '7db4d7c9c2bd29a1dfa493abfe31e73b4fe9ce2d32917689f24c7380839e9857',
    compiler: 'circom2 0.2.23 --O2',
  },
  s22p: {
    constraints: 4170347,
    wires: 4181466,
    digest: '1f211e516b23e066bfaf3acd117854488b30ae7c121312909bc3a29f52891466',
    compiler: 'circom2 0.2.23 --O2',
  },
  deep: {
    constraints: 220412,
    wires: 219276,
    digest: '4d4b1a94fec2dad0b806e654c5c8a75cc879da1f571f1cdead083d5050e77e04',
    compiler: 'circom2 0.2.23 --O2',
  },
  s14b: {
    constraints: 14755,
    wires: 14726,
    digest: 'c00d8bf4fbb4d533b7bd68e398116e153455389a9be816724a35b5ca8ac8f64f',
    compiler: 'circom2 0.2.23 --O2',
  },
  s18b: {
    constraints: 251707,
    wires: 251577,
    digest: '5fa7f686b2fadd771630e941c66a963029f186697dc9c7633479cb3c63a4e7a1',
    compiler: 'circom2 0.2.23 --O2',
  },
  deepb: {
    constraints: 386336,
    wires: 384051,
    digest: '22361edee346d77a1d84156ebf23d441063f497057c20c2725d0a8dbc2719c9f',
    compiler: 'circom2 0.2.23 --O2',
  },
  pay3: {
    constraints: 17733,
    wires: 17648,
    digest: '9475f026bd5750d3e0008de0c892baa13a6886fc7a1bcb2d337e2ceae29561b2',
    compiler: 'circom2 0.2.23 --O2',
  },
  pay9: {
    constraints: 52087,
    wires: 51804,
    digest: 'aa6cf9f306f5df4903a0f7d64c5322d3dcfdc186c68088ac4de3b609a114ef7e',
    compiler: 'circom2 0.2.23 --O2',
  },
  pay45: {
    constraints: 258211,
    wires: 256740,
    digest: '3772611cbdce77e3ee72acd564ada16061a13c5a2a1e6113852c3b0aef9f9c11',
    compiler: 'circom2 0.2.23 --O2',
  },
  pay183: {
    constraints: 1048353,
    wires: 1042328,
    digest: 'f06c3800cf0f13fcf379435b3946b2e9227a04d13de23b10fb95af58f18fc213',
    compiler: 'circom2 0.2.23 --O2',
  },
  linea16: {
    constraints: 61572,
    wires: 61699,
    digest: 'c19fa766be8e74990e564de1f5c6e169a6199fb1c5d8f35b8181ad2cd7ade354',
    compiler: 'circom2 0.2.23 --O2',
  },
  linea18: {
    constraints: 253564,
    wires: 254223,
    digest: '695dab07c0f582d0efee10420ed0479982adf113dcdff105e29def543b3a351f',
    compiler: 'circom2 0.2.23 --O2',
  },
};
