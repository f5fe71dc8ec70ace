import { inject } from 'vitest'
import type { Shared } from './global-setup'

/** What the tests of the run share, from the process that starts them. It is made when it is first asked for. */
export async function askBroker<Name extends keyof Shared>(name: Name): Promise<Shared[Name]> {
  const answer = await fetch(`${inject('testBroker')}/${name}`)
  if (!answer.ok) throw new Error(`no ${name} for tests: ${await answer.text()}`)
  return (await answer.json()) as Shared[Name]
}
