/**
 * Text to `Tree`: YAML syntax, duplicate keys, aliases, nesting. Knows nothing of the language.
 *
 * The parts of the yaml package are driven by hand for one reason: its composer is recursive, and deeply nested input
 * can end the whole process near the stack's limit. So the depth is watched while tokens come in, and checked again on
 * the tree. Its own search for duplicate keys is quadratic and switched off.
 */
import type { Document, Node, Pair } from 'yaml';
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { Diagnostics } from './diagnostic.ts';
import type { Entry, Scalar, Span, Tree } from './tree.ts';
import { listNode, mapNode, scalarNode } from './tree.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Nodes that aliases may add. */
const MAX_ALIAS_NODES = 100_000;
const MAX_TOKENS = 1_500_000;
/** Every level of the tree takes at most two entries of the parser's stack. */
const MAX_STACK = 2 * MAX_DEPTH + 20;
const MAX_SYNTAX_ERRORS = 20;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
const BINARY = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;

/** Null when there is nothing to go on with; the diagnostics say why. */
export function readYaml(text: string, diagnostics: Diagnostics): Tree | null {
  const start = { start: 0, end: 0 };
  if (text.length > MAX_FILE_BYTES || Buffer.byteLength(text) > MAX_FILE_BYTES) {
    diagnostics.error('file-too-large', start, 'the file is larger than 4 MiB', {
      expected: 'at most 4 MiB; ranges such as web-1..500 keep a file short',
    });
    return null;
  }
  const binary = BINARY.exec(text);
  if (binary !== null) {
    const at = { start: binary.index, end: binary.index + 1 };
    const found = `U+${(text.codePointAt(binary.index) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    diagnostics.error('binary-file', at, `this is no text: it contains ${found}`, {
      expected: 'a scenario as UTF-8 text',
    });
    return null;
  }
  const document = compose(text, diagnostics);
  // After a syntax error the rest of the tree is guesswork.
  if (document === null || diagnostics.hasErrors) return null;
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    diagnostics.error('empty-file', start, 'the file is empty', {
      expected: 'a scenario; it starts with vpcsim: 1',
    });
    return null;
  }
  return new Walker(diagnostics, text).read(document.contents as Node);
}

/** Thrown and caught in this file alone: the yaml package has no other way to be stopped. */
class Stop extends Error {}

function* tokens(text: string, diagnostics: Diagnostics) {
  const parser = new Parser();
  let count = 0;
  for (const lexeme of new Lexer().lex(text, false)) {
    yield* parser.next(lexeme);
    const at = { start: parser.offset, end: parser.offset + 1 };
    if (parser.stack.length > MAX_STACK) {
      reportDepth(diagnostics, at);
      throw new Stop();
    }
    if (++count > MAX_TOKENS) {
      const head = { start: 0, end: 1 };
      diagnostics.error('file-too-large', head, 'the file has too many elements', {
        expected: 'ranges such as web-1..500 for many things of a kind',
      });
      throw new Stop();
    }
  }
  yield* parser.end();
}

function reportDepth(diagnostics: Diagnostics, at: Span): void {
  diagnostics.error('too-deep', at, `maps and lists are nested more than ${MAX_DEPTH} deep`);
}

/** Null after errors that leave no document. Syntax errors are reported here, all of them. */
function compose(text: string, diagnostics: Diagnostics): Document | null {
  let first: Document | null = null;
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent', merge: false });
  try {
    for (const document of composer.compose(tokens(text, diagnostics), true, text.length)) {
      if (first !== null) {
        const [at] = document.range;
        diagnostics.error('yaml-syntax', { start: at, end: at + 1 }, 'a second document starts here', {
          expected: 'one scenario per file',
        });
        break;
      }
      first = document as Document;
    }
  } catch (problem) {
    if (problem instanceof Stop) return null;
    // The composer gave up on its own: its stack ran out, or it met input it does not handle.
    if (problem instanceof RangeError) reportDepth(diagnostics, { start: 0, end: 1 });
    else diagnostics.error('yaml-syntax', { start: 0, end: 1 }, 'this cannot be read as YAML');
    return null;
  }
  if (first === null) return null;
  reportSyntax([...first.errors, ...first.warnings], text, diagnostics);
  const { explicit, version } = first.directives?.yaml ?? {};
  if (explicit === true && version !== '1.2') {
    diagnostics.error('yaml-syntax', { start: 0, end: 1 }, `YAML ${version} is not read`, {
      expected: 'YAML 1.2',
    });
  }
  return first;
}

function reportSyntax(
  problems: Document['errors' | 'warnings'],
  text: string,
  diagnostics: Diagnostics,
): void {
  const [first] = problems;
  // What follows a first mistake as an unexpected token is mostly its echo.
  const own = problems.filter((problem) => problem === first || problem.code !== 'UNEXPECTED_TOKEN');
  for (const { code, pos, message } of own.slice(0, MAX_SYNTAX_ERRORS)) {
    const span = { start: pos[0], end: Math.max(pos[1], pos[0] + 1) };
    if (code === 'RESOURCE_EXHAUSTION') reportDepth(diagnostics, span);
    else {
      // In flow style an unquoted variable ends at its brace.
      const isVariable = text.slice(Math.max(0, pos[0] - 1), pos[0] + 1).includes('${');
      const hints = isVariable ? { expected: 'quotes around a variable inside { } or [ ]' } : {};
      diagnostics.error('yaml-syntax', span, lowerFirst(message), hints);
    }
  }
}

const lowerFirst = (text: string): string =>
  text.charAt(0).toLowerCase() + text.slice(1).replace(/\s+/g, ' ');

class Walker {
  private readonly diagnostics: Diagnostics;
  private readonly text: string;
  /** By name, once complete: an alias inside its own anchor finds nothing. */
  private readonly anchors = new Map<string, Tree>();
  private aliasNodes = 0;
  private isStopped = false;

  constructor(diagnostics: Diagnostics, text: string) {
    this.diagnostics = diagnostics;
    this.text = text;
  }

  read(root: Node): Tree | null {
    const tree = this.walk(root, { start: 0, end: 0 }, 1);
    return this.isStopped ? null : tree;
  }

  private walk(node: unknown, fallback: Span, depth: number): Tree {
    const span = spanOf(node, fallback);
    const empty = scalarNode(null, '', true, span);
    if (this.isStopped) return empty;
    if (depth > MAX_DEPTH) {
      reportDepth(this.diagnostics, span);
      this.isStopped = true;
      return empty;
    }
    if (isAlias(node)) return this.alias(node.source, span, depth) ?? empty;
    const tree = this.content(node, span, depth) ?? empty;
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.anchors.set(anchor, tree);
    return tree;
  }

  private content(node: unknown, span: Span, depth: number): Tree | null {
    if (isMap(node)) return this.map(node.items, span, depth);
    if (isSeq(node))
      return listNode(
        node.items.map((item) => this.walk(item, span, depth + 1)),
        span,
      );
    if (!isScalar(node)) return null;
    const isPlain = node.type === 'PLAIN' && node.tag === undefined;
    const value = node.value as Scalar;
    const text = isPlain ? (node.source ?? String(value)) : String(value);
    return scalarNode(value, text, isPlain, span);
  }

  private map(pairs: readonly Pair[], span: Span, depth: number): Tree {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      const keySpan = spanOf(key, span);
      const name = this.key(key, keySpan);
      const entry = { keySpan, value: this.walk(value, keySpan, depth + 1) };
      if (name === null) continue;
      const earlier = entries.get(name);
      if (earlier === undefined) entries.set(name, { key: name, ...entry });
      else {
        const line = this.diagnostics.lineOf(earlier.keySpan);
        this.diagnostics.error(
          'duplicate-key',
          keySpan,
          `'${name}' stands twice in this map, first in line ${line}`,
        );
      }
    }
    return mapNode(entries, span);
  }

  private key(key: unknown, span: Span): string | null {
    if (isScalar(key) && typeof key.value === 'string' && key.value !== '') {
      if (key.value !== '<<') return key.value;
      this.diagnostics.error('bad-key', span, 'merge keys (<<) are not supported', {
        expected: 'ranges (web-1..4) or vars for what repeats',
      });
      return null;
    }
    const found = this.text.slice(span.start, Math.min(span.end, span.start + 40)).trim();
    this.diagnostics.error('bad-key', span, `'${found}' is no plain text`, {
      expected: 'a key that is text',
    });
    return null;
  }

  private alias(name: string, span: Span, depth: number): Tree | null {
    const target = this.anchors.get(name);
    if (target === undefined) {
      this.diagnostics.error('unknown-alias', span, `alias '*${name}' has no anchor '&${name}' before it`, {
        unknown: name,
        known: this.anchors.keys(),
      });
      return null;
    }
    this.aliasNodes += target.size;
    if (this.aliasNodes > MAX_ALIAS_NODES) {
      this.diagnostics.error('alias-bomb', span, `aliases expand to more than ${MAX_ALIAS_NODES} values`);
      this.isStopped = true;
    } else if (depth + target.height - 1 > MAX_DEPTH) {
      reportDepth(this.diagnostics, span);
      this.isStopped = true;
    }
    return target;
  }
}

function spanOf(node: unknown, fallback: Span): Span {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range;
  if (range === undefined || range === null) return fallback;
  return { start: range[0], end: Math.max(range[1], range[0]) };
}
