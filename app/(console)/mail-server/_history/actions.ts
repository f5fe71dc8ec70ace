'use server'

import { uuidOf } from '@/app/_form/fields'
import { refusedWith } from '@/app/_form/outcome'
import { leadToPage } from '@/app/_server/actions'
import { formActions } from '@/app/_server/form-action'
import { mailServerPath } from '@/app/paths'
import { submitRestore } from './submit-restore'

const restore = formActions('mail-server:write', refusedWith, { fresh: true })

export const restoreAction = restore('mail-server.restore', async (caller, form) => {
  const restored = await submitRestore(caller, form)
  if (!restored.ok) return restored.error
  return leadToPage(mailServerPath(uuidOf(form, 'server')), { done: 'restored', count: `${restored.value.version}` })
})
