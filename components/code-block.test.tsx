import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { CodeBlock } from './code-block'
import { WithPartTexts } from './part-texts'

test('a button to copy says what it copies: by the title of its text, or by its own label', () => {
  const page = renderToStaticMarkup(
    <WithPartTexts copy="Copy" copied="Copied" notCopied="Select it" close="Close" pending="…">
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
