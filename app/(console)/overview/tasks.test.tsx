import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TaskList } from '@/components/tasks'
import { translatorFor } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel/actor'
import type { ServerNow } from './attention'
import { tasksOf } from './tasks'

const server = {
  ...{ mailServerId: '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f', name: 'Finance' },
  pause: { at: new Date('2026-11-30T09:10:00Z'), by: 'Mail operations', code: null },
} as unknown as ServerNow

const paused = (role: Role) =>
  renderToStaticMarkup(
    <TaskList
      items={tasksOf([{ kind: 'paused', server, tone: 'warn' }], {
        ...{ role, locale: 'en', now: new Date('2026-11-30T09:30:00Z'), groups: [], servers: [server] },
        ...{ t: translatorFor('en', 'overview'), messages: translatorFor('en', 'messages') },
        ...{ diagnosis: translatorFor('en', 'diagnosis'), people: translatorFor('en', 'people') },
      })}
    />,
  )

test('the thing about a paused mail server resumes it, for those who may', () => {
  expect(paused('admin')).toMatch(/<form.*name="server" value="7c1d2e3f-[^"]+".*aria-label="Resume: Finance is paused"/)
  for (const role of ['operator', 'viewer'] as const) {
    expect(paused(role)).not.toContain('<form')
    expect(paused(role)).toMatch(/href="\/mail-server\/7c1d2e3f-[^"]+"[^>]*>Open the mail server/)
  }
})
