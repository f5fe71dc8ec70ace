// Writes what lib reads from templates/: one JSON file for each folder, with the text of each template by its name. `npm run setup` calls it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
export const TEMPLATES_FOLDER = 'lib/kernel/generated'
const folders = () => entries('templates').filter((entry) => !entry.includes('.'))

/** Paths of all files with templates. */
export const templateFiles = () =>
  folders().flatMap((folder) => entries(`templates/${folder}`).map((file) => `templates/${folder}/${file}`))

export function writeTemplates() {
  mkdirSync(path.join(root, TEMPLATES_FOLDER), { recursive: true })
  for (const folder of folders())
    writeFileSync(
      path.join(root, TEMPLATES_FOLDER, `${folder}.json`),
      `${JSON.stringify(templatesIn(`templates/${folder}`), null, 1)}\n`,
    )
}

export function templatesIn(folder) {
  const templates = {}
  for (const file of entries(folder)) {
    // Lines with ## explain a template and are no part of it. A checkout on Windows may end lines with CRLF.
    const lines = readFileSync(path.join(root, folder, file), 'utf8').replaceAll('\r\n', '\n')
    const text = lines.replace(/^[ \t]*##(?: .*)?\n/gm, '')
    const [whole, ...parts] = text.split(/^#template (.+)$/m)
    if (parts.length === 0) add(file, whole)
    for (let at = 0; at < parts.length; at += 2) for (const name of parts[at].split(' ')) add(name, parts[at + 1])
  }
  return templates

  function add(name, text) {
    if (name in templates) throw new Error(`${folder} has two templates ${name}`)
    templates[name] = text.replace(/^\n+|\n+$/g, '')
  }
}

const entries = (folder) => readdirSync(path.join(root, folder)).sort()
