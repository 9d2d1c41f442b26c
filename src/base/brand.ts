/** Row numbers of different tables are different types, so that they cannot be mixed up. */
declare const brand: unique symbol;
export type Id<T extends string> = number & { readonly [brand]: T };

/** The row number of nothing. Every column of ids uses it. */
export const NONE = -1;
