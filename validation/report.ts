/** Findings as a table: on the console, and in docs/VALIDATION.md. */
import { formatBitrate, formatDuration, formatShare } from '../src/base/units.ts';
import { type Finding, type Validation, type ValidationUnit, type Verdict, verdictOf } from './row.ts';

/** A validation that has been run in full. */
export interface Validated {
  readonly validation: Validation;
  readonly findings: readonly Finding[];
}

export function verdictsOf({ findings }: Validated): Verdict[] {
  return findings.map((finding) => verdictOf(finding, 'full'));
}

const HEAD = `# Validation

What the simulator measures beside what formulas say that others have published. \`npm run validate\` runs all of it, which
takes minutes, writes this page and fails when a row does; the test suite runs a short form of every row.

A row passes when the formula's value lies within the 99 % confidence interval of the simulated one (Student's t over
independent replications; \`-\` where nothing is random), widened by the tolerance, whose reason is given. An interval wider than 5 % of the
theory fails: it could not tell.
`;

export function formatPage(validated: readonly Validated[]): string {
  return `${[HEAD, ...validated.map(formatSection)].join('\n')}`;
}

function formatSection(done: Validated): string {
  const { name, what, formula, source, toleranceReason, unit } = done.validation;
  const verdicts = verdictsOf(done);
  const rows = done.findings.map((finding, i) => formatRow(finding, unit, verdicts[i] as Verdict));
  return `## ${name}

Measured: ${what}. Theory: \`${formula}\` (${source}). Tolerance: ${toleranceReason}.

| case | simulated | 99 % interval | theory | off by | tolerance | |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function formatRow(finding: Finding, unit: ValidationUnit, verdict: Verdict): string {
  const { simulated, halfWidth, theory, tolerance } = finding;
  const off = formatSigned((simulated - theory) / theory);
  const interval = halfWidth === 0 ? '-' : `+- ${formatValue(halfWidth, unit)}`;
  const cells = [finding.case, formatValue(simulated, unit), interval, formatValue(theory, unit), off];
  return `| ${[...cells, formatShare(tolerance), verdict].join(' | ')} |`;
}

export function formatFinding(name: string, finding: Finding, unit: ValidationUnit): string {
  const { simulated, halfWidth, theory } = finding;
  const interval = halfWidth === 0 ? '' : ` +- ${formatValue(halfWidth, unit)}`;
  const figures = `${formatValue(simulated, unit)}${interval}, theory ${formatValue(theory, unit)}`;
  return `${verdictOf(finding, 'full').padEnd(16)} ${name}, ${finding.case}: ${figures}`;
}

function formatValue(value: number, unit: ValidationUnit): string {
  switch (unit) {
    case 'time':
      return formatDuration(Math.round(value));
    case 'share':
      return formatShare(value);
    case 'bitrate':
      return formatBitrate(value);
    case 'number':
      return Number(value.toPrecision(5)).toLocaleString('en');
  }
}

function formatSigned(share: number): string {
  return `${share < 0 ? '-' : '+'}${formatShare(Math.abs(Number(share.toPrecision(2))))}`;
}
