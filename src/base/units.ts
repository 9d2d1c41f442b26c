/**
 * Quantities as users write them (`30s`, `5ms`, `100Mbps`, `1500B`, `200/s`, `5%`) and as the simulator keeps them:
 * time in whole nanoseconds, rates in bits per second, sizes in bytes, frequencies per second, shares from 0 to 1.
 */

export type QuantityKind = 'duration' | 'bitrate' | 'size' | 'frequency' | 'share' | 'count';

/** Nanoseconds beyond this are no longer exact integers in a double: about 104 days. */
export const MAX_TIME_NS = Number.MAX_SAFE_INTEGER;

export const MICROSECOND_NS = 1_000;
export const MILLISECOND_NS = 1_000_000;
export const SECOND_NS = 1_000_000_000;

interface KindInfo {
  /** Factor from one of the unit to the base unit. */
  readonly units: Readonly<Record<string, number>>;
  readonly example: string;
  readonly noun: string;
}

const KINDS: Readonly<Record<QuantityKind, KindInfo>> = {
  duration: {
    units: { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 },
    example: '30s',
    noun: 'a time',
  },
  bitrate: {
    units: { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9, Tbps: 1e12 },
    example: '100Mbps',
    noun: 'a bit rate',
  },
  size: {
    units: {
      B: 1,
      kB: 1e3,
      KB: 1e3,
      MB: 1e6,
      GB: 1e9,
      TB: 1e12,
      KiB: 1024,
      MiB: 1048576,
      GiB: 1073741824,
      TiB: 1099511627776,
    },
    example: '1500B',
    noun: 'a size',
  },
  frequency: {
    units: { '/s': 1, '/m': 1 / 60, '/min': 1 / 60, '/h': 1 / 3600 },
    example: '200/s',
    noun: 'a frequency',
  },
  share: { units: { '%': 0.01 }, example: '5%', noun: 'a percentage' },
  count: { units: { '': 1 }, example: '3', noun: 'a number' },
};

export type ParsedQuantity =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: string };

/** Reads one quantity; the problem is a sentence part that names what was expected. */
export function parseQuantity(text: string, kind: QuantityKind): ParsedQuantity {
  const info = KINDS[kind];
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*(\S*)$/i.exec(text.trim());
  const wanted = `expected ${info.noun} such as ${info.example}`;
  if (match === null) return { ok: false, problem: wanted };
  const amount = Number(match[1]);
  const unit = match[2] ?? '';
  const known = Object.keys(info.units);
  if (!Object.hasOwn(info.units, unit)) {
    const units = known.join(', ');
    const problem = unit === '' ? `it has no unit; ${wanted}` : `unknown unit '${unit}'; known are ${units}`;
    return { ok: false, problem };
  }
  if (amount < 0) return { ok: false, problem: `it is negative; ${wanted}` };
  // 95 / 100 is the nearest double to 0.95, 95 * 0.01 is not.
  const exact = kind === 'share' ? amount / 100 : amount * (info.units[unit] as number);
  const value = kind === 'duration' || kind === 'size' || kind === 'count' ? Math.round(exact) : exact;
  if (!Number.isFinite(value) || value > Number.MAX_SAFE_INTEGER) {
    const limit = kind === 'duration' ? 'times end at about 104 days' : 'it is too large';
    return { ok: false, problem: `${limit}; ${wanted}` };
  }
  if (kind === 'duration' && amount > 0 && value === 0)
    return { ok: false, problem: 'it is shorter than 1ns' };
  return { ok: true, value };
}

/** What to write for a kind, for messages: `a time such as 30s`. */
export function describeKind(kind: QuantityKind): string {
  return `${KINDS[kind].noun} such as ${KINDS[kind].example}`;
}

/** `digits` significant digits without an exponent and without trailing zeros. */
function significant(value: number, digits: number): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, digits - 1 - magnitude);
  const fixed = value.toFixed(Math.min(decimals, 12));
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

/** `19.2s`, `4.31ms`, `2m 5s`; four significant digits. */
export function formatDuration(ns: number, digits = 4): string {
  const size = Math.abs(ns);
  if (size === 0) return '0s';
  if (size < MICROSECOND_NS) return `${ns}ns`;
  if (size < MILLISECOND_NS) return `${significant(ns / MICROSECOND_NS, digits)}us`;
  if (size < SECOND_NS) return `${significant(ns / MILLISECOND_NS, digits)}ms`;
  if (size < 120 * SECOND_NS) return `${significant(ns / SECOND_NS, digits)}s`;
  const seconds = Math.round(ns / SECOND_NS);
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([n, unit]) => (n > 0 ? [`${n}${unit}`] : [])).join(' ');
}

export function formatBitrate(bps: number): string {
  for (const [unit, factor] of [
    ['Tbps', 1e12],
    ['Gbps', 1e9],
    ['Mbps', 1e6],
    ['kbps', 1e3],
  ] as const) {
    if (bps >= factor) return `${significant(bps / factor, 4)}${unit}`;
  }
  return `${significant(bps, 4)}bps`;
}

/** Exact, since sizes are limits and settings: `1.5kB`, `4MiB`, `65535B`. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    const text = significant(bytes / factor, 4);
    if (bytes >= factor && Math.round(Number(text) * factor) === bytes) return `${text}${unit}`;
  }
  for (const [unit, factor] of [
    ['GiB', 1_073_741_824],
    ['MiB', 1_048_576],
    ['KiB', 1_024],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}

/** A share from 0 to 1 as a percentage: `7.55%`. */
export function formatShare(share: number): string {
  return `${significant(share * 100, 4)}%`;
}

/** Any value of the registry or of a bound, in the unit of its kind. */
export function formatQuantity(value: number, kind: QuantityKind): string {
  switch (kind) {
    case 'duration':
      return formatDuration(value);
    case 'bitrate':
      return formatBitrate(value);
    case 'size':
      return formatSize(value);
    case 'frequency':
      return `${significant(value, 6)}/s`;
    case 'share':
      return formatShare(value);
    case 'count':
      return significant(value, 9);
  }
}
