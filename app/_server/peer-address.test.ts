import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { PEER_HEADER, watchPeerAddresses } from './peer-address'

test("A-04 the socket's address reaches the request, whatever the client writes into that header", async () => {
  watchPeerAddresses()
  watchPeerAddresses()
  const server = createServer((request, response) => response.end(String(request.headers[PEER_HEADER])))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { [PEER_HEADER]: '198.51.100.66' } })
  expect(await answer.text()).toBe('127.0.0.1')
  server.close()
})
