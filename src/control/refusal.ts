/** Why an admin verb was refused by the product's rule; null when it acted. */
export type Refusal = string | null;
