/** Asserts state what must hold if vpcsim itself is right; a failing one is a bug of ours, never of the scenario. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`vpcsim bug: ${sentence}`);
}

/** For lookups that cannot miss: the value, or a crash that says what was missing. */
export function present<T>(value: T | null | undefined, sentence: string): T {
  assert(value !== null && value !== undefined, sentence);
  return value;
}
