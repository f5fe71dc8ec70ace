import type { OperatorCaller } from '@/app/_server/caller'
import { holdServices, type Services } from '@/lib/services'

/** The caller of a page's action in tests: an administrator who is signed in. */
export const signedInCaller: OperatorCaller = {
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  sessionId: 'session-1',
  locale: 'en',
  name: 'Admin',
}

/** What `services()` returns from now on, in place of services that are made from the environment. */
export function provideServices(services: Partial<Services>): void {
  holdServices(services as Services)
}

export function withdrawServices(): void {
  holdServices(undefined)
}
