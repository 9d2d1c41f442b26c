/** One entry of the registry of parameters, and the two ways to make one. Values are in base units. */
import type { QuantityKind } from '../units.ts';

export interface ParameterSpec {
  readonly kind: QuantityKind;
  readonly default: number;
  readonly provenance: 'documented' | 'assumed';
  /** Where a documented value is published, or why an assumed one is what it is. */
  readonly source: string;
  readonly min?: number;
  readonly max?: number;
}

export const documented = (
  kind: QuantityKind,
  value: number,
  source: string,
  min?: number,
  max?: number,
): ParameterSpec => spec(kind, value, 'documented', source, min, max);
export const assumed = (
  kind: QuantityKind,
  value: number,
  source: string,
  min?: number,
  max?: number,
): ParameterSpec => spec(kind, value, 'assumed', source, min, max);

function spec(
  kind: QuantityKind,
  value: number,
  provenance: 'documented' | 'assumed',
  source: string,
  min?: number,
  max?: number,
): ParameterSpec {
  return {
    kind,
    default: value,
    provenance,
    source,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

export const LINUX = 'Linux 6.6';
