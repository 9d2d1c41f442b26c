/** The query of a request's path: `/cart?user=7` has the parameter `user`. Pure text. */

/** The path that forwarding rules look at. */
export function withoutQuery(path: string): string {
  const mark = path.indexOf('?');
  return mark < 0 ? path : path.slice(0, mark);
}

/** Null: it has no such parameter. */
export function urlParameter(path: string, name: string): string | null {
  const query = path.slice(withoutQuery(path).length + 1);
  for (const pair of query.split('&')) if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  return null;
}

/** 32 bits of a text (FNV-1a), for hashing schedulers. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
