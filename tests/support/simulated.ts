import type { Cloud } from '../../lib/kernel'

/** What is needed of the simulator, which tests alone may start. */
export interface Simulated {
  ready: {
    cloud: Omit<Cloud, 'tokenExchangeAudience'>
    federation: { audience: string }
    sender: string
    tenantId: string
    clientId: string
    clientSecret: string
    smtpPort: number
    controlUrl: string
  }
  caPem: string
  close(): Promise<void>
}

/** A change at Microsoft, through the simulator's control port. @returns what the change made */
export async function changeAtMicrosoft(
  { ready }: Simulated,
  name: string,
  body: object = {},
): Promise<Record<string, string>> {
  const answer = await fetch(`${ready.controlUrl}/world/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`)
  return ((await answer.json()) as { result: Record<string, string> }).result
}

/** The Mail server form, filled in for the simulator's own application. */
export const simulatedFields = ({ ready }: Simulated) => ({
  type: 'exchange-online-oauth2',
  senderAddress: ready.sender,
  senderName: 'Contoso',
  cloud: ready.cloud.id,
  tenantId: ready.tenantId,
  clientId: ready.clientId,
  secretExpiresAt: '2099-12-31',
  clientSecretChange: 'replace',
  clientSecret: ready.clientSecret,
})
