import { createRequire } from 'node:module'
import path from 'node:path'
import { Language, type Node, Parser, type Tree } from '@vscode/tree-sitter-wasm'

/** For tests only: real grammars, compiled to WebAssembly. */
export type Grammar = 'powershell' | 'bash'

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
  const found: string[] = []
  const walk = (node: Node): void => {
    if (node.isError || node.isMissing) found.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 120)}`)
    for (const child of node.children) if (child?.hasError || child?.isMissing) walk(child)
  }
  walk(tree.rootNode)
  return found
}
