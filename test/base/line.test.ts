/** Goal: whoever leaves, order stays. Method: random comings and goings, beside a plain array. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InLine, Line } from '../../src/base/line.ts';

interface Person extends InLine<Person> {
  readonly name: number;
}

test('a line keeps the order of a plain array, whoever leaves from wherever', () => {
  const moves = fc.array(fc.tuple(fc.constantFrom('append', 'first', 'last', 'remove'), fc.nat(1000)));
  fc.assert(
    fc.property(moves, (steps) => {
      const line = new Line<Person>();
      const plain: Person[] = [];
      steps.forEach(([move, n], name) => {
        const person: Person = { name, previous: null, next: null };
        if (move === 'append') {
          line.append(person);
          plain.push(person);
        } else if (move === 'first') expect(line.takeFirst()).toBe(plain.shift() ?? null);
        else if (move === 'last') expect(line.takeLast()).toBe(plain.pop() ?? null);
        else if (plain.length > 0) line.remove(plain.splice(n % plain.length, 1)[0] as Person);
        expect(line.length).toBe(plain.length);
      });
      for (const person of plain) expect(line.takeFirst()).toBe(person);
      expect(line.takeFirst()).toBeNull();
    }),
  );
});
