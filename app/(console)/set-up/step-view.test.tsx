import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { WithPartTexts } from '@/components/part-texts'
import { noCloud } from '@/lib/diagnosis'
import { translatorFor } from '@/lib/i18n/translations'
import type { GuideStep } from './query'
import { StepList } from './step-list'
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

test('what confirmed the shown step is said at the step, and not in the list too', () => {
  const step = { id: 'save', part: 'here', state: { kind: 'verified', by: { version: 7 } } } as unknown as GuideStep
  const props = { step, t, server: { id: 'one' }, view: { guide: { typed: false }, steps: [step] } }
  const html = renderToStaticMarkup(<StepList {...(props as unknown as Parameters<typeof StepList>[0])} />)
  expect(html).toContain(t('steps.save.title'))
  expect(html).not.toContain(t('state.savedAs', { number: 7 }))
})
