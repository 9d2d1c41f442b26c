/** The shape of bandwidth plans that EIPs share, and of an EIP's place in one. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const bandwidthPlan = z.strictObject({
  region: leaf
    .reference('a region such as cn-hangzhou')
    .describe('ours: Terraform has no such key. Where its EIPs are.'),
  bandwidth: leaf.quantity('bitrate').describe('Of all its EIPs together, each way.'),
});

export const planCap = {
  bandwidth_package_bandwidth: leaf
    .quantity('bitrate')
    .optional()
    .describe('What this EIP may use of its plan, each way.'),
};

export const planMembership = {
  bandwidth_package_id: leaf
    .reference('the name of a common bandwidth package')
    .optional()
    .describe('alicloud_common_bandwidth_package_attachment'),
  ...planCap,
};
