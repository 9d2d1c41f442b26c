/** Goal: the first rule by priority whose conditions all hold says where a request goes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ForwardingRules } from '../../src/policy/forwarding-rules.ts';

const rule = (priority: number, hosts: string[], paths: string[], target: string) => ({
  priority,
  hosts,
  paths,
  target,
});

describe('A set of forwarding rules', () => {
  test('goes by priority, not by the order they are written in', () => {
    const rules = new ForwardingRules(
      [rule(20, [], ['/*'], 'late'), rule(10, [], ['/a/*'], 'early')],
      'none',
    );
    expect(rules.choose('', '/a/b')).toBe('early');
    expect(rules.choose('', '/b')).toBe('late');
  });

  test('wants every condition of a rule, and any pattern of a condition', () => {
    const rules = new ForwardingRules([rule(1, ['a.example', '*.b.example'], ['/x', '/y?'], 'hit')], 'none');
    expect(rules.choose('A.Example', '/x')).toBe('hit');
    expect(rules.choose('www.b.example', '/y1')).toBe('hit');
    expect(rules.choose('www.b.example', '/X')).toBe('none');
    expect(rules.choose('c.example', '/x')).toBe('none');
    expect(rules.choose('a.example', '/x/')).toBe('none');
  });

  test('takes all other characters of a pattern for what they are', () => {
    const character = fc.constantFrom(...'ab/.+()[]^$|\\');
    const text = fc.string({ unit: character, minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        const rules = new ForwardingRules([rule(1, [], [pattern], 'hit')], 'none');
        expect(rules.choose('', path)).toBe(pattern === path ? 'hit' : 'none');
      }),
    );
  });
});
