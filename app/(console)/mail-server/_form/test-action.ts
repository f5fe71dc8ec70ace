'use server'

import { formActions, showEverywhere } from '@/app/_server/form-action'
import { finishedOf } from '../../_connection-test/run-test'
import { refusedAction, typedIn } from './form-data'
import { submitTest } from './submit-test'

const test = formActions('mail-server:test', refusedAction)

/** The finished report, for a page without scripts. With scripts the page reads the route instead. */
export const testAction = test('mail-server.test', async (caller, form) => {
  const submitted = await submitTest(caller, form)
  if (submitted.kind === 'state') return submitted.state
  const { report, transcript } = await finishedOf(submitted.events)
  showEverywhere()
  const typed = typedIn(form)
  return { kind: 'tested', ...typed, report, transcript, to: typed.testTo }
})
