/** Whether a text is well-formed XML, as far as reports need it: elements, attributes, text, entities. */

const NAME = '[A-Za-z_][\\w.-]*';
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/;
const TAG = new RegExp(`^<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML 1.0 forbids.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Null if it is. */
export function whyMalformed(xml: string): string | null {
  if (FORBIDDEN.test(xml)) return 'a character that XML does not allow';
  const entity = ENTITY.exec(xml);
  if (entity !== null) return `a bare & at ${entity.index}`;
  let rest = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, '');
  if (rest === xml) return 'no declaration';
  const open: string[] = [];
  let elements = 0;
  while (rest !== '') {
    const text = /^[^<]+/.exec(rest)?.[0] ?? '';
    if (open.length === 0 && text.trim() !== '') return `text outside of the root: ${text.trim()}`;
    rest = rest.slice(text.length);
    if (rest === '') break;
    const [tag, slash, name = '', attributes = '', isEmpty] = TAG.exec(rest) ?? [];
    if (tag === undefined) return `no tag: ${rest.slice(0, 40)}`;
    const names = [...attributes.matchAll(new RegExp(`(${NAME})=`, 'g'))].map(([, attribute]) => attribute);
    if (new Set(names).size < names.length) return `an attribute twice: ${tag}`;
    if (slash === '/' ? open.pop() !== name : open.length === 0 && elements > 0) return `misplaced ${tag}`;
    if (slash === '') elements += 1;
    if (slash === '' && isEmpty === '') open.push(name);
    rest = rest.slice(tag.length);
  }
  if (open.length > 0) return `never closed: ${open.join(', ')}`;
  return elements === 0 ? 'no element' : null;
}
