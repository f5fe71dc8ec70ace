import { createRequire } from 'node:module'
import path from 'node:path'
import { Language, type Node, Parser, type Tree } from '@vscode/tree-sitter-wasm'

/** For tests only: real grammars, compiled to WebAssembly. */
export type Grammar = 'powershell' | 'bash' | 'php' | 'c-sharp' | 'python' | 'ini'

const folder = path.dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
const loaded = new Map<Grammar, Parser>()

export async function grammar(name: Grammar): Promise<(text: string) => Tree> {
  let parser = loaded.get(name)
  if (!parser) {
    await Parser.init()
    parser = new Parser()
    parser.setLanguage(await Language.load(path.join(folder, `tree-sitter-${name}.wasm`)))
    loaded.set(name, parser)
  }
  const ready = parser
  return (text) => {
    const tree = ready.parse(text)
    if (!tree) throw new Error('the parser was given no language')
    return tree
  }
}

export const nodesOf = (tree: Tree, type: string): Node[] =>
  tree.rootNode.descendantsOfType(type).filter((node) => node !== null)

/** Where the grammar does not understand the text: empty when it does. */
export function faultsIn(tree: Tree): string[] {
  if (!tree.rootNode.hasError) return []
  const faults: string[] = []
  const walk = (node: Node): void => {
    if (node.isError || node.isMissing) faults.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 120)}`)
    for (const child of node.children) if (child?.hasError || child?.isMissing) walk(child)
  }
  walk(tree.rootNode)
  return faults
}

/** Values that would run, or end their string, wherever one was not quoted. */
export const HOSTILE = [
  `o'neil`,
  `''`,
  `'; Remove-Mailbox -Identity x; '`,
  `' || rm -rf ~ #`,
  `"$(whoami)"`,
  '$(Remove-Item C:\\)',
  '$env:USERNAME',
  '`n`u{2019}',
  '‘typographic’ ‚low‛ “double” „low“',
  '’; Write-Host owned #',
  "a\\'b",
  '@{a=1}',
  '%PATH% & echo x | more > y',
  '<# comment #> #',
  '--% raw',
  'שלום עולם',
  'Büro „Mail“ ß',
  '{0} -f',
  "'@",
  '!history',
  '😀',
]

/** What PowerShell makes of a single-quoted string: it takes typographic quotes for quotes, which the grammar does not know. */
export function unquotePowershell(text: string): string | null {
  const inside = /^'([\s\S]*)'$/.exec(text)?.[1]
  if (inside === undefined || inside.replace(/(['\u2018-\u201b])['\u2018-\u201b]/g, '').match(/['\u2018-\u201b]/))
    return null
  return inside.replace(/(['\u2018-\u201b])['\u2018-\u201b]/g, '$1')
}
