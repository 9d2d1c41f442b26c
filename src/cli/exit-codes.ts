/** What the process ends with; over several files the worst, in the order 70, 2, 1, 3, 0. Before them all comes 130. */
export const EXIT = { pass: 0, fail: 1, usage: 2, inconclusive: 3, bug: 70, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const WORST_FIRST: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.bug,
  EXIT.usage,
  EXIT.fail,
  EXIT.inconclusive,
];

export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.pass;
}

export function exitOfVerdict(verdict: 'pass' | 'fail' | 'inconclusive' | 'none'): ExitCode {
  return verdict === 'none' ? EXIT.pass : EXIT[verdict];
}
