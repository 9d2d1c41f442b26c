/**
 * Distributions of sizes and times. Every sample is made by inversion of one uniform draw, so that variants of a
 * scenario stay on common random numbers; only `log`, `exp` and `sqrt` are used, which are the same on every Node version.
 */
import type { RandomStream } from './random.ts';

/** Values in the base unit of what is drawn: ns, bytes. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  /** Heavy tail: P(X > x) = (scale / x)^shape from the scale on, which follows from the mean; shape > 1. */
  | { readonly kind: 'pareto'; readonly mean: number; readonly shape: number }
  /** `sigma`: standard deviation of the logarithm. */
  | { readonly kind: 'lognormal'; readonly mean: number; readonly sigma: number };

export function constant(value: number): Distribution {
  return { kind: 'constant', value };
}

/** One value, not rounded. A constant draws too, so that giving one instead of a distribution moves no other draw. */
export function sample(distribution: Distribution, random: RandomStream): number {
  const u = random.uniform();
  switch (distribution.kind) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return distribution.min + u * (distribution.max - distribution.min);
    case 'exponential':
      return -Math.log(1 - u) * distribution.mean;
    case 'pareto': {
      const { mean, shape } = distribution;
      return ((mean * (shape - 1)) / shape) * Math.exp(-Math.log(1 - u) / shape);
    }
    case 'lognormal': {
      const { mean, sigma } = distribution;
      return mean * Math.exp(sigma * normalQuantile(u) - (sigma * sigma) / 2);
    }
  }
}

export function meanOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return (distribution.min + distribution.max) / 2;
    default:
      return distribution.mean;
  }
}

/** The smallest uniform draw that is not 0: 53 bits. */
const TINY = 1 / 9007199254740992;

// Coefficients of algorithm AS 241, PPND16 (Wichura 1988), lowest power first: near the middle, tails, far tails.
const MIDDLE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const TAIL = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const FAR_TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

/** The value that a standard normal variable stays below with probability `u`; 16 digits. */
export function normalQuantile(u: number): number {
  const fromMiddle = u - 0.5;
  if (Math.abs(fromMiddle) <= 0.425) return fromMiddle * ratio(MIDDLE, 0.180625 - fromMiddle * fromMiddle);
  const tail = Math.max(TINY, fromMiddle < 0 ? u : 1 - u);
  const r = Math.sqrt(-Math.log(tail));
  const size = r <= 5 ? ratio(TAIL, r - 1.6) : ratio(FAR_TAIL, r - 5);
  return fromMiddle < 0 ? -size : size;
}

function ratio([numerator, denominator]: readonly (readonly number[])[], x: number): number {
  return polynomial(numerator as readonly number[], x) / polynomial(denominator as readonly number[], x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
