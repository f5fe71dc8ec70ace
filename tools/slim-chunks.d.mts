export function slimChunks(folder: string): void
export function inAscii(script: string): string
