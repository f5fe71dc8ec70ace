import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Faults } from '../faults/faults'

const BANNERS: Record<string, () => string | Buffer> = {
  http: () =>
    'HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>400 Bad Request</h1>\r\n',
  ssh: () => 'SSH-2.0-OpenSSH_9.9\r\n',
  garbage: () => Buffer.concat([randomBytes(200), Buffer.from('\r\n')]),
}

/** Replaces the greeting if a fault says so, and returns whether it did. */
export function greetOddly(socket: Socket, faults: Faults): boolean {
  if (faults.is('smtpSilent')) return true
  const every = faults.number('smtpDripGreeting')
  if (every !== null) {
    const greeting = '220-still.starting.example '
    let at = 0
    repeat(socket, every, () => greeting[at++ % greeting.length] ?? ' ')
    return true
  }
  if (faults.is('smtpFlood')) {
    flood(socket)
    return true
  }
  const banner = faults.text('smtpBanner')
  if (banner === null) return false
  socket.write(BANNERS[banner]?.() ?? `${banner}\r\n`)
  return true
}

/** Waits until the client has read, so that only the client runs out of memory. */
function flood(socket: Socket): void {
  const water = Buffer.alloc(64 * 1024, '2')
  const pour = () => {
    while (!socket.destroyed && socket.write(water));
  }
  socket.on('drain', pour)
  pour()
}

/** A multi-line reply that never ends. */
export async function helloWithoutEnd(socket: Socket, hello: string, everyMs: number): Promise<void> {
  socket.write(`250-${hello}\r\n`)
  let line = 0
  repeat(socket, everyMs, () => `250-XLINE${line++}\r\n`)
  if (!socket.destroyed) await once(socket, 'close')
}

function repeat(socket: Socket, everyMs: number, next: () => string): void {
  const timer = setInterval(() => socket.write(next()), everyMs)
  socket.on('close', () => clearInterval(timer))
}
