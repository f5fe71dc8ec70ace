import { readFileSync } from 'node:fs'
import https from 'node:https'
import nodemailer from 'nodemailer'
import type { SimulatorFacts } from '../e2e/support/simulator'

/** What a test asks of Entra and Exchange, with nothing around it: one token request, one message. Milliseconds. */
export async function bareConversation(facts: SimulatorFacts, to: string): Promise<number> {
  const ca = readFileSync(facts.caFile)
  const began = performance.now()
  const accessToken = await token(facts, ca)
  const transport = nodemailer.createTransport({
    host: 'localhost',
    port: facts.smtpPort,
    requireTLS: true,
    tls: { ca },
    auth: { type: 'OAuth2', user: facts.sender, accessToken },
  })
  await transport.sendMail({ from: facts.sender, to, subject: 'A message like a test', text: 'a\n'.repeat(500) })
  transport.close()
  return performance.now() - began
}

function token({ cloud, tenantId, clientId, clientSecret }: SimulatorFacts, ca: Buffer): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: String(cloud.exchangeScope),
  }).toString()
  return new Promise((resolve, reject) => {
    const request = https.request(
      `${cloud.loginOrigin}/${tenantId}/oauth2/v2.0/token`,
      { method: 'POST', ca, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => resolve(String(JSON.parse(text).access_token)))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
