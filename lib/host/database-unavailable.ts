/** A problem that an administrator must fix. The message is one line for that person. */
export class DatabaseUnavailable extends Error {}

/** The embedded database cannot be started before there is space on its disk. */
export class DatabaseDiskFull extends DatabaseUnavailable {}

/** What a person reads while a start waits for the database. */
export const waitReason = (fault: { kind: 'wait' | 'no-answer'; message: string }, isEmbedded: boolean): string =>
  fault.kind === 'wait'
    ? fault.message
    : `it does not answer: ${fault.message}. ${isEmbedded ? 'If this does not pass, start Postroom again' : 'Start PostgreSQL there, or correct its address'}`

/** Whether the operating system refused a file or folder, whose name is in the message. */
export function isOfFiles(thrown: unknown): boolean {
  const { path, syscall } = Object(thrown) as { path?: unknown; syscall?: unknown }
  return path !== undefined && !String(syscall).startsWith('spawn')
}
