/** Specifications of CLBs, and where the registry has what they carry. Source: Terraform alicloud_slb_load_balancer. */

/** From `load_balancer_spec` to the middle of the names of its parameters. */
export const CLB_SPECS = {
  'slb.s1.small': 's1_small',
  'slb.s2.small': 's2_small',
  'slb.s2.medium': 's2_medium',
  'slb.s3.small': 's3_small',
  'slb.s3.medium': 's3_medium',
  'slb.s3.large': 's3_large',
} as const;

export type ClbSpecName = keyof typeof CLB_SPECS;

export const CLB_SPEC_NAMES = Object.keys(CLB_SPECS) as [ClbSpecName, ...ClbSpecName[]];
