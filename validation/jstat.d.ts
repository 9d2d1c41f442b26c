/** The one function that is used of a package that brings no types. */
declare module 'jstat' {
  const jstat: { readonly studentt: { inv(share: number, degreesOfFreedom: number): number } };
  export default jstat;
}
