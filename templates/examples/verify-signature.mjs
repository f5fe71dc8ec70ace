import { createHmac, timingSafeEqual } from 'node:crypto'

const TOLERANCE_S = 5 * 60
const handled = new Map() // deliveries of the last day; several receivers share them in a database

// body: the bytes as they came, before anything parses them
// handle: what you do with a delivery. If it throws, answer 500, and the delivery comes again.
export async function receive(headers, body, key, handle, nowS = Date.now() / 1000) {
  const timestamp = headers['postroom-timestamp'] ?? ''
  if (!(Math.abs(nowS - Number(timestamp)) <= TOLERANCE_S)) return 'refused'
  const mac = createHmac('sha256', key).update(timestamp + '.').update(body).digest('hex')
  const expected = Buffer.from('v1=' + mac)
  const signatures = (headers['postroom-signature'] ?? '').split(',').map((each) => Buffer.from(each.trim()))
  if (!signatures.some((each) => each.length === expected.length && timingSafeEqual(each, expected))) return 'refused'
  for (const [deliveryId, atS] of handled) if (nowS - atS > 24 * 3600) handled.delete(deliveryId)
  const sent = JSON.parse(body)
  if (handled.has(sent.deliveryId)) return 'duplicate' // answer 200 and do nothing
  await handle(sent)
  handled.set(sent.deliveryId, nowS)
  return 'new'
}
