import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

const LOOPBACK_HOSTS = ['127.0.0.1', '::1'] as const

/** The simulator prints a password, so it listens on loopback only. */
export function assertLoopback(host: string): void {
  if (!LOOPBACK_HOSTS.some((known) => known === host)) {
    throw new Error(`The simulator listens on 127.0.0.1 and ::1 only, not on ${host}`)
  }
}

export interface Listening {
  port: number
  close(): Promise<void>
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  assertLoopback(host)
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const ATTEMPTS = 20

/**
 * One port on both loopback addresses, since `localhost` may mean either. Port 0 takes a free one; where this machine
 * has no IPv6 the second address is left out.
 */
export async function listenOnLoopback(make: () => Server, port: number): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const four = make()
    const chosen = await listen(four, '127.0.0.1', port)
    const six = make()
    try {
      await listen(six, '::1', chosen)
      return listening(chosen, [four, six])
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return listening(chosen, [four])
      four.close()
      if (code !== 'EADDRINUSE' || port !== 0 || attempt === ATTEMPTS) throw thrown
    }
  }
}

function listening(port: number, servers: Server[]): Listening {
  const open = new Set<{ destroy(): void }>()
  for (const server of servers) {
    server.on('connection', (socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    })
  }
  return {
    port,
    async close() {
      for (const socket of open) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
    },
  }
}
