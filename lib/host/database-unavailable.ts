/** A problem that an administrator must fix. The message is one line for that person. */
export class DatabaseUnavailable extends Error {}

/** Whether the operating system refused a file or folder, whose name is in the message. */
export function isOfFiles(thrown: unknown): boolean {
  const { path, syscall } = Object(thrown) as { path?: unknown; syscall?: unknown }
  return path !== undefined && !String(syscall).startsWith('spawn')
}

/** How Node, PostgreSQL's programs and its server (SQLSTATE 53100) report a full disk. */
export function isDiskFull(thrown: unknown): boolean {
  const { code, message } = Object(thrown) as { code?: unknown; message?: unknown }
  return code === 'ENOSPC' || code === '53100' || /No space left on device/.test(String(message))
}
