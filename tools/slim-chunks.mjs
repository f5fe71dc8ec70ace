// Server chunks as the console loads them. The bundler writes the same modules again for each entry, under another name, and V8 needs twice
// the memory for a source with a character that Latin-1 does not have.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Makes one chunk of those that are the same, and writes them all in ASCII. What they do stays the same. */
export function slimChunks(folder) {
  const names = new Map()
  let shared = 0
  for (const name of readdirSync(folder, { recursive: true }).sort()) {
    const file = path.join(folder, name)
    const source = name.endsWith('.js') ? readFileSync(file, 'utf8') : ''
    if (!source.startsWith('module.exports=[')) continue
    // No source map is part of the build.
    const text = inAscii(source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'))
    // Each folder has another runtime, which has other modules.
    const key = `${path.dirname(name)}\n${text}`
    const same = names.get(key)
    if (same === undefined) names.set(key, path.basename(name))
    else shared++
    writeFileSync(file, same === undefined ? text : `module.exports=require(${JSON.stringify(`./${same}`)})\n`)
  }
  if (shared === 0)
    throw new Error(`No chunk in ${folder} is equal to another. Does the bundler write them in another form?`)
}

/** A script with escapes for all other characters. One that has a backslash before it already keeps its meaning. */
export const inAscii = (script) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is a range of codes
  script.replace(/\\?[\u0080-\uffff]|\\[\u0000-\u007f]/g, (match) => {
    const character = match.at(-1)
    return character < '\u0080' ? match : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
