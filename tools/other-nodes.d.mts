export const OTHER_LINES: string[]
export function findNode(line: string): string | null
export function ensureOtherNodes(): Promise<void>
