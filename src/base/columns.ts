/** Columns of tables: typed arrays, one per field, the row number is the index. */

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** The column with room for `capacity` rows; what it held stays where it was. */
export function widen<T extends Column>(column: T, capacity: number): T {
  const wider = new (column.constructor as new (length: number) => T)(capacity);
  wider.set(column);
  return wider;
}
