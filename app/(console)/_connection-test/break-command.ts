/** Characters that fit next to the remedy at 1440 px. */
const LINE_CHARS_MAX = 66

const isCmdlet = (line: string): boolean => /^(?:\$\w+ = )?[A-Z][a-z]+-[A-Z]\w+ /.test(line)

/** A sentence; a command that is only run in some cases begins with the sign of a comment as well. */
const isComment = (line = ''): boolean => line.startsWith('#') && !isCmdlet(line.slice(2))

/** All commands, each with its comment, apart from one another. */
export const commandText = (lines: readonly string[]): string =>
  lines.map((line, index) => `${index > 0 && !isComment(lines[index - 1]) ? '\n' : ''}${breakCommand(line)}`).join('\n')

/** Breaks a long PowerShell command before its parameters, with the sign by which PowerShell still reads it as one command. */
export function breakCommand(line: string): string {
  if (line.length <= LINE_CHARS_MAX || !isCmdlet(line)) return line
  const lines: string[] = []
  for (const part of partsOf(line)) {
    const last = lines.at(-1)
    const isFirst = lines.length <= 1
    if (last !== undefined && `${last} ${part}`.length <= LINE_CHARS_MAX - (isFirst ? 0 : 2))
      lines[lines.length - 1] = `${last} ${part}`
    else lines.push(part)
  }
  return lines.map((each, index) => (index === 0 ? each : `  ${each}`)).join(' `\n')
}

/** The command, and each parameter with its value. What is inside quotation marks stays whole, and a condition up to its `-and`. */
function partsOf(line: string): string[] {
  const parts: string[] = []
  let start = 0
  let depth = 0
  let quote = ''
  for (let index = 0; index < line.length; index++) {
    const sign = line[index] ?? ''
    if (quote !== '') quote = sign === quote ? '' : quote
    else if (sign === "'" || sign === '"') quote = sign
    else if (sign === '{' || sign === '(') depth++
    else if (sign === '}' || sign === ')') depth--
    else if (sign === ' ' && (depth === 0 ? /^ (?:-[A-Za-z]|\|)/ : /^ -and /).test(line.slice(index, index + 6))) {
      parts.push(line.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, line.slice(start)]
}
