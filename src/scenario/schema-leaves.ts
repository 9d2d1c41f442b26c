/**
 * The scalars of the language as zod schemas. Each carries what a diagnostic needs when a value does not fit: the code,
 * what was expected, and for quantities the kind, so that the message can name the unit.
 */
import { z } from 'zod';
import type { QuantityKind } from '../base/units.ts';
import { describeKind } from '../base/units.ts';
import type { DiagnosticCode } from './diagnostic-codes.ts';

export interface Leaf {
  readonly code: DiagnosticCode;
  readonly expected: string;
  readonly kind?: QuantityKind;
  /** Words that the nearest one is looked for among. */
  readonly words?: readonly string[];
}

/** By definition, which survives `describe` (the schema itself is copied). */
const leaves = new WeakMap<object, Leaf>();

/** What is known of a schema made here; undefined for maps, lists and unions of them. */
export function leafOf(schema: z.core.$ZodType): Leaf | undefined {
  return leaves.get(schema._zod.def);
}

function leaf<T extends z.ZodType>(schema: T, about: Leaf): T {
  leaves.set(schema._zod.def, about);
  return schema;
}

/** Longest name: the limit of Alibaba Cloud's shorter names, and of a DNS label. */
export const MAX_NAME_LENGTH = 63;
export const NAME_PATTERN = /^[a-z][a-z0-9-]{0,62}$/;

/** The same units as `base/units` reads; a test compares them. */
const NUMBER = '^\\s*\\+?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?\\s*';
export const QUANTITY_PATTERNS: Readonly<Record<Exclude<QuantityKind, 'count'>, RegExp>> = {
  duration: new RegExp(`${NUMBER}(ns|us|ms|s|m|h|d)\\s*$`),
  bitrate: new RegExp(`${NUMBER}(bps|kbps|Mbps|Gbps|Tbps)\\s*$`),
  size: new RegExp(`${NUMBER}(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)\\s*$`),
  frequency: new RegExp(`${NUMBER}/(s|m|min|h)\\s*$`),
  share: new RegExp(`${NUMBER}%\\s*$`),
};

export function quantity(kind: Exclude<QuantityKind, 'count'>) {
  return leaf(z.string().regex(QUANTITY_PATTERNS[kind]), {
    code: 'bad-unit',
    expected: describeKind(kind),
    kind,
  });
}

/** A frequency, for udp also a bit rate, or a file of frequencies. */
export const rateOrFile = () =>
  leaf(
    z.union([
      z.string().regex(new RegExp(`${NUMBER}(/(s|m|min|h)|[kMGT]?bps)\\s*$`)),
      z.strictObject({
        file: text('the path of a file of times and rates'),
        scale: decimal(0.000001, 1e6).optional(),
      }),
    ]),
    {
      code: 'bad-unit',
      expected: 'a frequency such as 200/s, or for udp a bit rate such as 20Mbps, or { file, scale }',
      kind: 'frequency',
    },
  );

export const text = (expected = 'a text') => leaf(z.string().min(1), { code: 'bad-value', expected });

export const anyText = () => leaf(z.string(), { code: 'bad-value', expected: 'a text' });

export const matching = (pattern: RegExp, expected: string, code: DiagnosticCode = 'bad-value') =>
  leaf(z.string().regex(pattern), { code, expected });

export const scalar = (expected = 'a text or a number') =>
  leaf(z.union([z.string().min(1), z.number()]), { code: 'bad-value', expected });

export const scalarOrBoolean = () =>
  leaf(z.union([z.string(), z.number(), z.boolean()]), {
    code: 'bad-value',
    expected: 'a text, a number, true or false',
  });

export const integer = (min: number, max: number) =>
  leaf(z.int().min(min).max(max), { code: 'bad-value', expected: `a whole number from ${min} to ${max}` });

export const decimal = (min: number, max: number) =>
  leaf(z.number().min(min).max(max), { code: 'bad-value', expected: `a number from ${min} to ${max}` });

/** An amount of money; nothing: unknown. */
export const price = () =>
  leaf(z.union([z.number().min(0), z.null()]), {
    code: 'bad-value',
    expected: 'a price such as 0.8, or nothing where it is unknown',
  });

export const flag = () => leaf(z.boolean(), { code: 'bad-value', expected: 'true or false' });

export const word = <const T extends readonly [string, ...string[]]>(...words: T) =>
  leaf(z.enum(words), {
    code: 'bad-value',
    expected: words.length === 1 ? words[0] : `one of ${words.join(', ')}`,
    words,
  });

/** Name of a resource, flow or event; its existence is checked later. */
export const reference = (what: string) => leaf(z.string().min(1), { code: 'bad-value', expected: what });

/** One name, a range of names, or a list of these. */
export const references = (what: string) =>
  leaf(z.union([z.string().min(1), z.array(reference(what)).min(1)]), {
    code: 'bad-value',
    expected: `${what}, a range such as web-1..4, or a list of these`,
  });

/** A whole number of connections, or as many as arrive. */
export const connections = () =>
  leaf(z.union([z.int().min(1).max(1_000_000), z.literal('unlimited')]), {
    code: 'bad-value',
    expected: 'a whole number from 1 to 1000000, or for sessions unlimited',
  });

/** Something, or `never`. */
export const orNever = (schema: z.ZodType, expected: string) =>
  leaf(z.union([schema, z.literal('never')]), { code: 'bad-value', expected: `${expected}, or never` });

export const exactly = (value: number, expected: string) =>
  leaf(z.literal(value), { code: 'bad-value', expected });

export const cidr = () =>
  matching(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'a CIDR block such as 10.0.0.0/16', 'bad-cidr');

export const address = () =>
  matching(/^\d+\.\d+\.\d+\.\d+$/, 'an IPv4 address such as 10.0.1.7', 'bad-address');

/** Marks a union or map that is read as one value, so that a misfit is reported at its top. */
export function whole<T extends z.ZodType>(schema: T, expected: string): T {
  return leaf(schema, { code: 'bad-value', expected });
}

/** One port, a range of them, or any; a single port may stand without quotes. */
export const portsOrAny = () =>
  leaf(z.union([z.string().regex(/^(any|\d{1,5}(\/\d{1,5})?)$/), z.int().min(1).max(65535)]), {
    code: 'bad-port-range',
    expected: "a port such as '80', a range such as '80/85', or any",
  });

/** A quantity, or a distribution of it; read by `distributionOf`. A scalar that is neither misses its unit. */
export function distribution(kind: Exclude<QuantityKind, 'count'>) {
  const value = quantity(kind);
  const schema = z.union([
    value,
    z.strictObject({ uniform: z.tuple([value, value]) }),
    z.strictObject({ exponential: value }),
    z.strictObject({ pareto: z.strictObject({ mean: value, shape: decimal(1.01, 100) }) }),
    z.strictObject({ lognormal: z.strictObject({ mean: value, sigma: decimal(0.01, 5) }) }),
  ]);
  const expected = `${describeKind(kind)}, or one of { uniform: [a, b] }, { exponential: mean }, { pareto: { mean, shape } }, { lognormal: { mean, sigma } }`;
  return leaf(schema, { code: 'bad-value', expected, kind });
}

/** For editors, which know only the JSON Schema; the checks that speak to users come after the shape. */
export function exactlyOne(keys: readonly string[]): { readonly oneOf: readonly object[] } {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}
