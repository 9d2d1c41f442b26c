/** Goal: every connection has its own door. Method: ends that are found by the same key. */
import { expect, test } from 'vitest';
import { endKey } from '../../src/base/mix.ts';
import { EniDoors } from '../../src/devices/eni-doors.ts';
import { endOfSameKey } from '../support/shared-key.ts';

test('remote ends that share a key have doors of their own, and so have the protocols and ports of one end', () => {
  const [address, port] = [0xcb00710a, 40_000];
  const other = endOfSameKey(address, port);
  expect(other.address).not.toBe(address);
  expect(endKey(other.address, other.port)).toBe(endKey(address, port));
  const doors = new EniDoors();
  doors.add(address, port, 80, 6, 1, 0);
  expect(doors.find(other.address, other.port, 80, 6)).toBeNull();
  doors.add(other.address, other.port, 80, 6, 2, 0);
  doors.add(address, port, 443, 6, 3, 0);
  doors.add(address, port, 80, 17, 4, 0);
  const found = (at: number, localPort: number, protocol: number) =>
    doors.find(at, at === address ? port : other.port, localPort, protocol)?.address;
  expect([found(address, 80, 6), found(other.address, 80, 6)]).toEqual([1, 2]);
  expect([found(address, 443, 6), found(address, 80, 17)]).toEqual([3, 4]);
  expect(doors.find(address | 0, port, 80, 6)?.address).toBe(1);
});
