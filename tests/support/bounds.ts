/** A term where it should not be. */
export interface Occurrence {
  file: string
  term: string
}

/** The module of a file under `lib`, the first folder of any other, or the file itself. */
export const folderOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('lib/') ? 2 : 1)
    .join('/')

/** How often words occur in each folder. */
export function countByFolder(occurrences: readonly Occurrence[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { file } of occurrences) counts[folderOf(file)] = (counts[folderOf(file)] ?? 0) + 1
  return counts
}

/** Folders with more occurrences than their bound, which is zero unless they have one, with what was inFolder there. */
export function aboveBounds(occurrences: readonly Occurrence[], bounds: Readonly<Record<string, number>>): string[] {
  return Object.entries(countByFolder(occurrences))
    .filter(([folder, count]) => count > (bounds[folder] ?? 0))
    .map(([folder, count]) => {
      const inFolder = occurrences.filter(({ file }) => folderOf(file) === folder)
      const lines = inFolder.map(({ file, term }) => `  ${file}: ${term}`)
      return [`${folder}: ${count}, at most ${bounds[folder] ?? 0}`, ...lines.slice(0, 40)].join('\n')
    })
}
