import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { WithPartTexts } from '@/components/part-texts'
import { noCloud } from '@/lib/diagnosis'
import { translatorFor } from '@/lib/i18n/translations'
import { StepBody } from './step-view'

const t = translatorFor('en', 'set-up')

test.each([
  ['lines', ['# Register the application.', 'New-ServicePrincipal'], true],
  ['a comment that there are none', noCloud('en'), false],
])('a step asks to run lines only if there are any: %s', (_, commands, asks) => {
  const text = { title: 'Register it', why: '', commands, doing: [], portal: null, back: null, check: null, undo: null }
  const html = renderToStaticMarkup(
    <WithPartTexts copy="Copy" copied="Copied" notCopied="Select it" close="Close" pending="…" results="Results">
      <StepBody text={text} t={t} />
    </WithPartTexts>,
  )
  expect(html.includes(t('part.exchange.lines'))).toBe(asks)
})
