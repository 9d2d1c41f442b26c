/** The operating system's reasons in words. */

const READING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; name one that exists',
  EACCES: 'permission to read it is missing',
  EPERM: 'permission to read it is missing',
  EISDIR: 'this is a folder; name a file',
  ENOTDIR: 'part of its path is no folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

const WRITING: Readonly<Record<string, string>> = {
  ...READING,
  ENOENT: 'its folder does not exist; create it first',
  EACCES: 'permission to write it is missing',
  EPERM: 'permission to write it is missing',
  EEXIST: 'it exists already; move it away, or work in another folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

export function whyUnreadable(error: unknown): string {
  return reasonOf(error, READING);
}

export function whyUnwritable(error: unknown): string {
  return reasonOf(error, WRITING);
}

function reasonOf(error: unknown, words: Readonly<Record<string, string>>): string {
  const { code, message } = error as { code?: string; message?: string };
  return (code !== undefined ? words[code] : undefined) ?? message ?? String(error);
}
