import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { StackedBars } from './bars'

test('a screen reader gets the name of the picture, and no numbers of its axes after it', () => {
  const bars = [{ key: 'a', accepted: 3, failed: 1, tick: '03:00' }]
  const picture = renderToStaticMarkup(<StackedBars label="4 messages" bars={bars} top={String} />)
  expect(picture).toMatch(/^<div role="img" aria-label="4 messages"><svg aria-hidden="true".*03:00.*<\/svg><\/div>$/)
})
