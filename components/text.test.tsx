import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { processorMs } from '@/tests/support/processor-time'
import { Foreign } from './text'

test.each([
  ['admin@contoso.example', 'admin|@contoso.example'],
  ['an.office@mail.contoso.example', 'an.office|@mail.|contoso.|example'],
  ['a.long.local.part@contoso.example', 'a.|long.|local.|part|@contoso.example'],
  ['a@b.example, *@c.example', 'a|@b.example, *@c.example'],
  ['2001:db8:85a3:8d3::7348', '2001:|db8:|85a3:|8d3::7348'],
  ['mfp-03.third-floor.contoso.example', 'mfp-03.third-floor.contoso.example'],
  ['7@c.example [Hostname=FR2P281MB9098.DEUP281]', '7|@c.example [Hostname=FR2P281MB9098.|DEUP281]'],
  ['07:24:11', '07:24:11'],
])('an address breaks before its @, and elsewhere only if it is too long for the rail; %s', (text, parts) => {
  expect(renderToStaticMarkup(<Foreign>{text}</Foreign>)).toBe(`<bdi>${parts.replaceAll('|', '<wbr/>')}</bdi>`)
})

test('a long answer of dots, which a hostile server may give, is shown without a pause', () => {
  const before = processorMs()
  expect(renderToStaticMarkup(<Foreign>{'.'.repeat(10_000)}</Foreign>)).not.toContain('<wbr/>')
  expect(processorMs() - before).toBeLessThan(500)
})
