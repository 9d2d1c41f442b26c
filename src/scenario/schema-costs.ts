/** The shape of prices, of what flows amount to by the month, and of prepaid data. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const prices = z.record(z.string(), leaf.price());

export const usage = z.record(z.string(), leaf.quantity('size'));

export const dataTransferPlan = z.strictObject({
  region: leaf.reference('a region such as cn-hangzhou').describe('Where it pays for traffic.'),
  size: leaf.quantity('size').describe('What it pays for by the month.'),
});

export const chargeType = {
  internet_charge_type: leaf.word('PayByTraffic', 'PayByBandwidth').optional(),
};
