import type { Scalar } from './tree.ts';

const CONSTANTS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
]);

const NUMBER = /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|0o[0-7]+)$/;

/** What a plain scalar means in YAML 1.2's core schema: `10` is a number, `yes` a string. */
export function coreScalar(text: string): Scalar {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  return NUMBER.test(text) ? Number(text) : text;
}
