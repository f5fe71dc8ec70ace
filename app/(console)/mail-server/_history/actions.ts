'use server'

import { uuidOf } from '@/app/_form/fields'
import { type Outcome, refusedWith } from '@/app/_form/outcome'
import { leadToPage } from '@/app/_server/actions'
import { formAction } from '@/app/_server/form-action'
import { mailServerPath } from '@/app/paths'
import { submitRestore } from './submit-restore'

export const restoreAction = formAction<Outcome>({
  name: 'mail-server.restore',
  permission: 'mail-server:write',
  fresh: true,
  refused: refusedWith,
  async run(caller, form) {
    const state = await submitRestore(caller, form)
    if (state.kind !== 'saved') return state
    return leadToPage(mailServerPath(uuidOf(form, 'server')), { done: 'restored', count: `${state.version}` })
  },
})
