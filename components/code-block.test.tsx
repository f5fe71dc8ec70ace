import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { CodeBlock, unbroken } from './code-block'
import { WithPartTexts } from './part-texts'

test('a button to copy says what it copies: by the title of its text, or by its own label', () => {
  const page = renderToStaticMarkup(
    <WithPartTexts copy="Copy" copied="Copied" notCopied="Select it" close="Close" results="Results" pending="…">
      <CodeBlock title="User name" text="printer" />
      <CodeBlock title="Password" text="secret" />
      <CodeBlock copyLabel="Copy the script" text="script" />
    </WithPartTexts>,
  )
  const texts = new Map([...page.matchAll(/id="([^"]+)"[^>]*>([^<]*)</g)].map(([, id, text]) => [id, text]))
  const names = [...page.matchAll(/<button\b([^>]*)>.*?<\/button>/gs)].map(([button, attributes = '']) => {
    const labelledBy = /aria-labelledby="([^"]+)"/.exec(attributes)?.[1]
    return labelledBy ? labelledBy.split(' ').map((id) => texts.get(id)) : button.replace(/<[^>]+>/g, '')
  })
  expect(names).toEqual([['Copy', 'User name'], ['Copy', 'Password'], 'Copy the script'])
})

test.each([
  ['a switch', 'Set-Mailbox x -Identity y', ['Set-Mailbox', '-Identity']],
  ['the name of a script', 'Run postroom-undo-entra.ps1 herunterladen', ['postroom-undo-entra.ps1']],
  ['no address', 'team-lead@contoso.example', []],
])('%s is not broken at its hyphen', (_, text, whole) => {
  const html = renderToStaticMarkup(unbroken(text))
  expect([...html.matchAll(/<span[^>]*>([^<]*)</g)].map(([, part]) => part)).toEqual(whole)
})
